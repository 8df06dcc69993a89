import { z } from 'zod'
import { topicName } from '../sessions/session.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'

const input = z.strictObject({
  computer: field.computer.optional(),
  title: field.title.describe('What people will know it by.'),
  description: field.description.optional(),
  kind: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .optional()
    .describe("What runs in it: 'shell' (the default), or an agent where a plugin brings it."),
  cwd: field.cwd.optional(),
  command: z
    .union([z.string().min(1).max(131_072), z.array(z.string().max(131_072)).min(1).max(1000)])
    .optional()
    .describe('Run this instead of a shell: a line for the shell, or a program and its arguments.'),
  shell: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('The shell to run, by name or path, e.g. zsh; default: the one of that computer.'),
  cols: field.columns.optional(),
  rows: field.rows.optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(131_072))
    .optional()
    .describe('Variables on top of the login environment.'),
  backend: z
    .string()
    .min(1)
    .max(32)
    .optional()
    .describe("What runs its terminal, e.g. 'pty'; the computer's own default if left out."),
  adapter_types: z
    .array(z.string().max(64))
    .max(32)
    .optional()
    .describe('Where to carry its output, the first being its primary.'),
})

const output = z.strictObject({
  session_id: z.string(),
  computer: z.string(),
  topic_name: z.string(),
  status: z.literal('ready'),
})

export const sessionStart = defineOperation({
  name: 'session.start',
  summary: 'Starts a session: a terminal that stays, with a shell in it.',
  input,
  output,
  scope: 'sessions:start',
  idempotent: false,
  at: 'owner',
  mcp: {
    name: 'teleclaude__start_session',
    description:
      'Start a terminal session that stays: a shell with its own working directory and history, seen by people and other agents too. ' +
      'Then use teleclaude__send. End it with teleclaude__end_session when done.',
    annotations: { destructiveHint: false, openWorldHint: true },
  },
  cli: { words: 'session start' },
  async run({ computer: _here, adapter_types, ...request }, call) {
    const session = await call.services.get(SessionsService).start({
      ...withoutUndefined(request),
      title: request.title,
      originAdapter: call.surface,
      ...(adapter_types && { adapterTypes: adapter_types }),
      ...(call.principal.kind === 'peer' && { origin: call.principal.computer }),
    })
    return {
      session_id: session.id,
      computer: session.computer,
      topic_name: topicName(session),
      status: 'ready' as const,
    }
  },
})

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(value: T): Defined<T> {
  // Object.entries loses the keys' types; they are those of `value`.
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>
}
