import { z } from 'zod'
import { type InputReceipt, SessionsService } from '../sessions/sessions.ts'
import type { TerminalInput } from '../sessions/terminal.ts'
import * as field from './fields.ts'
import { defineOperation, type OperationCall } from './operation.ts'

const receipt = z.strictObject({
  cursor: z.string().describe('From just before the input: what is read after it holds the whole effect.'),
  at_prompt: z
    .boolean()
    .describe('It was typed at a marked prompt, so a mark will tell when the command has ended.'),
})

export const sessionInput = defineOperation({
  name: 'session.input',
  summary: 'Types into a session without waiting for what comes of it.',
  input: z.strictObject({
    session_id: field.sessionId,
    text: field.inputText,
    submit: z.boolean().default(true).describe('Press Enter after it.'),
    raw: z.boolean().default(false).describe('Bytes as a keyboard sends them, handed on unchanged.'),
  }),
  output: receipt,
  scope: 'sessions:input',
  idempotent: false,
  at: 'owner',
  cli: false,
  run: ({ session_id, text, submit, raw }, call) =>
    type(session_id, raw ? { type: 'raw', data: text } : { type: 'text', text, submit }, call),
})

export const sessionKeys = defineOperation({
  name: 'session.keys',
  summary: 'Presses keys by name.',
  input: z.strictObject({
    session_id: field.sessionId,
    keys: z
      .array(z.string().min(1).max(32))
      .min(1)
      .max(256)
      .describe('Names such as enter, ctrl-c, up, f5, alt-x, tab.'),
  }),
  output: receipt,
  scope: 'sessions:input',
  idempotent: false,
  at: 'owner',
  mcp: {
    name: 'teleclaude__keys',
    description:
      "Press keys by name in a session's terminal (enter, esc, tab, up, ctrl-c, f5, alt-x …), for menus and full-screen programs.",
    annotations: { destructiveHint: true },
  },
  cli: { words: 'session keys', positional: ['session_id', 'keys...'] },
  run: ({ session_id, keys }, call) => type(session_id, { type: 'keys', keys }, call),
})

export const sessionInterrupt = defineOperation({
  name: 'session.interrupt',
  summary: 'Presses Ctrl-C: interrupts what runs.',
  input: z.strictObject({ session_id: field.sessionId }),
  output: receipt,
  scope: 'sessions:input',
  idempotent: false,
  at: 'owner',
  mcp: {
    name: 'teleclaude__interrupt',
    description: 'Interrupt what runs in a session (Ctrl-C). The session stays.',
    annotations: { destructiveHint: true },
  },
  cli: { words: 'session interrupt', positional: ['session_id'] },
  run: ({ session_id }, call) => type(session_id, { type: 'keys', keys: ['ctrl-c'] }, call),
})

async function type(
  sessionId: string,
  input: TerminalInput,
  call: OperationCall,
): Promise<z.output<typeof receipt>> {
  const { cursor, atPrompt }: InputReceipt = await call.services
    .get(SessionsService)
    .input(sessionId, input, call)
  return { cursor, at_prompt: atPrompt }
}
