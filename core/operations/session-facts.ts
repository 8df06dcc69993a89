import { z } from 'zod'
import { JournalService } from '../journal/journal.ts'
import { isLive } from '../sessions/session.ts'
import { sessionSchema, sessionState } from '../sessions/session-schema.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'

export const sessionList = defineOperation({
  name: 'session.list',
  summary: 'Lists sessions, the newest first.',
  input: z.strictObject({
    computer: field.computer.optional(),
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
    description: 'List the sessions of a computer, the newest first; ended ones stay readable for a while.',
    annotations: { readOnlyHint: true },
  },
  cli: { words: 'session list' },
  async run({ state }, call) {
    const all = call.services.get(SessionsService).list()
    const isWanted = (one: (typeof all)[number]) =>
      !state || one.state === state || (state === 'live' && isLive(one.state))
    return { sessions: all.filter(isWanted) }
  },
})

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
