import { z } from 'zod'
import { JournalService } from '../journal/journal.ts'
import { MeshService } from '../mesh/mesh.ts'
import { isLive, type Session } from '../sessions/session.ts'
import { sessionSchema, sessionState } from '../sessions/session-schema.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { defineOperation, type OperationCall } from './operation.ts'

export const sessionList = defineOperation({
  name: 'session.list',
  summary: 'Lists sessions, the newest first.',
  input: z.strictObject({
    computer: field.computer.optional().describe('Only the sessions of this computer, whoever started them.'),
    state: z
      .enum([...sessionState.options, 'live'])
      .optional()
      .describe("Only those in this state; 'live' for all that have not ended."),
  }),
  output: z.strictObject({ sessions: z.array(sessionSchema) }),
  scope: 'sessions:read',
  idempotent: true,
  at: 'owner',
  mcp: {
    name: 'teleclaude__list_sessions',
    description:
      'List sessions, the newest first: those of this computer and those started from here on others; with `computer`, all of that one. ' +
      'Ended ones stay readable for a while.',
    annotations: { readOnlyHint: true },
  },
  cli: { words: 'session list' },
  async run({ computer, state }, call) {
    // Other computers are told of what runs here only: of the rest its own computers tell.
    const isAll = computer === undefined && call.principal.kind !== 'peer'
    const isWanted = (one: Session) =>
      !state || one.state === state || (state === 'live' && isLive(one.state))
    return { sessions: (isAll ? allSessions(call) : ownSessions(call)).filter(isWanted) }
  },
})

function ownSessions({ services }: OperationCall): readonly Session[] {
  return services.get(SessionsService).list()
}

function allSessions(call: OperationCall): readonly Session[] {
  const elsewhere = call.services.find(MeshService)?.sessions() ?? []
  if (elsewhere.length === 0) return ownSessions(call)
  return [...ownSessions(call), ...elsewhere].sort((one, other) => other.createdAt - one.createdAt)
}

export const sessionGet = defineOperation({
  name: 'session.get',
  summary: 'Everything that is known of one session.',
  input: z.strictObject({ session_id: field.sessionId }),
  output: sessionSchema,
  scope: 'sessions:read',
  idempotent: true,
  at: 'owner',
  cli: { words: 'session get', positional: ['session_id'] },
  run: async ({ session_id }, call) => call.services.get(SessionsService).get(session_id),
})

export const sessionScreen = defineOperation({
  name: 'session.screen',
  summary: 'The screen of a session as a person would see it now.',
  input: z.strictObject({ session_id: field.sessionId }),
  output: z.strictObject({
    screen: z.strictObject({
      lines: z.array(z.string()).readonly(),
      cursor: z.strictObject({ row: z.int(), col: z.int() }),
      cols: z.int(),
      rows: z.int(),
      title: z.string(),
      alternate: z.boolean(),
    }),
    cursor: z.string(),
    running: z.boolean(),
    state: sessionState,
  }),
  scope: 'sessions:read',
  idempotent: true,
  at: 'owner',
  cli: false,
  async run({ session_id }, call) {
    const sessions = call.services.get(SessionsService)
    const { id } = sessions.get(session_id)
    const cursor = call.services.get(JournalService).cursor(id)
    const screen = await sessions.screen(id)
    const end = await call.invoke<{ running: boolean; state: z.output<typeof sessionState> }>(
      'session.watch',
      {
        session_id,
        since: cursor,
        follow: false,
      },
    )
    return { screen, cursor, running: end.running, state: end.state }
  },
})
