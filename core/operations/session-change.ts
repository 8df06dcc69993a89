import { z } from 'zod'
import { principalName } from '../principal.ts'
import { sessionSchema } from '../sessions/session-schema.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'

export const sessionResize = defineOperation({
  name: 'session.resize',
  summary: "Changes the size of a session's terminal.",
  input: z.strictObject({ session_id: field.sessionId, cols: field.columns, rows: field.rows }),
  output: sessionSchema,
  scope: 'sessions:input',
  idempotent: true,
  at: 'owner',
  cli: { words: 'session resize', positional: ['session_id', 'cols', 'rows'] },
  run: ({ session_id, cols, rows }, call) =>
    call.services.get(SessionsService).resize(session_id, cols, rows),
})

export const sessionRename = defineOperation({
  name: 'session.rename',
  summary: 'Changes the title or the description of a session.',
  input: z.strictObject({
    session_id: field.sessionId,
    title: field.title.optional(),
    description: field.description.optional(),
  }),
  output: sessionSchema,
  scope: 'sessions:input',
  idempotent: true,
  at: 'owner',
  mcp: {
    name: 'teleclaude__rename_session',
    description: 'Change the title or the description by which people know a session.',
    annotations: { idempotentHint: true, destructiveHint: false },
  },
  cli: { words: 'session rename', positional: ['session_id', 'title'] },
  run: ({ session_id, title, description }, call) =>
    call.services.get(SessionsService).rename(session_id, {
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
    }),
})

export const sessionClose = defineOperation({
  name: 'session.close',
  summary: 'Ends a session and what runs in it.',
  input: z.strictObject({
    session_id: field.sessionId,
    kill: z
      .boolean()
      .optional()
      .describe('Also end a program that ran before it was a session; it goes on otherwise.'),
  }),
  output: sessionSchema,
  scope: 'sessions:close',
  idempotent: true,
  at: 'owner',
  mcp: {
    name: 'teleclaude__end_session',
    description:
      'End a session and what runs in it. Its output stays readable for a while. Ending it twice changes nothing.',
    annotations: { destructiveHint: true, idempotentHint: true },
  },
  cli: { words: 'session close', positional: ['session_id'] },
  run: ({ session_id, kill = false }, call) =>
    call.services
      .get(SessionsService)
      .close(session_id, `closed by ${principalName(call.principal)}`, { kill }),
})
