import { z } from 'zod'
import { START } from '../journal/cursor.ts'
import { collectOutput, type TextItem } from './collect/collect-output.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'
import { collectedFields, WAIT_MS } from './session-send.ts'

const input = z.strictObject({
  computer: field.computer.optional(),
  command: z
    .union([z.string().min(1).max(131_072), z.array(z.string().max(131_072)).min(1).max(1000)])
    .describe('A line for the default shell, or the program and its arguments as an array.'),
  cwd: field.cwd.optional(),
  wait_ms: field.waitMs
    .default(WAIT_MS)
    .describe('How long to wait for the end; the command goes on after it.'),
  max_bytes: field.maxBytes,
})

const output = z.strictObject({
  session_id: z
    .string()
    .describe('Can be read for 10 minutes after the end, interrupted or ended before it.'),
  ...collectedFields,
})

export const sessionRun = defineOperation<typeof input, typeof output, TextItem>({
  name: 'session.run',
  summary: 'Runs one command in a terminal of its own and waits for its exit.',
  input,
  output,
  scope: 'sessions:start',
  alsoNeeds: ['sessions:read'],
  idempotent: false,
  at: 'here',
  mcp: {
    name: 'teleclaude__run',
    description:
      'Run one command in a fresh terminal and wait for its exit code. Nothing is kept between runs: for a working directory, ' +
      'variables or a program to talk to, start a session. With complete:false it is still running: continue with teleclaude__read.',
    annotations: { destructiveHint: true, openWorldHint: true },
  },
  cli: false,
  async run({ wait_ms, max_bytes, command, ...where }, call) {
    const { session_id } = await call.invoke<{ session_id: string }>('session.start', {
      ...where,
      title: titleOf(command),
      kind: 'run',
      command,
      adapter_types: [],
    })
    const collected = await collectOutput(
      {
        session_id,
        since: START,
        typed: null,
        atPrompt: false,
        wait_ms,
        pattern: null,
        quiet_ms: undefined,
        max_bytes,
      },
      call,
    )
    return { session_id, ...collected }
  },
})

/** The command itself, as far as it makes a title. */
function titleOf(command: string | readonly string[]): string {
  const line = typeof command === 'string' ? command : command.join(' ')
  return line.replace(/\s+/g, ' ').trim().slice(0, 80) || 'run'
}
