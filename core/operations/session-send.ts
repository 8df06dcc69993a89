import { z } from 'zod'
import type { Cursor } from '../ids.ts'
import { collectOutput, type TextItem } from './collect/collect-output.ts'
import { PatternWatch } from './collect/pattern.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'

/** How long nothing must be printed to count as an answer, where no mark tells. */
const QUIET_MS = 1000
/** What a tool call may take in clients that were not told otherwise is 60 s; this leaves room for the way there. */
export const WAIT_MS = 30_000

/** The fields that the results of `session.send` and `session.run` share. */
export const collectedFields = {
  output: z.string().describe("The command's output alone: no prompt, no echo of what was typed."),
  complete: z.boolean().describe('False only if the wait ran out: read on from `cursor`.'),
  completed_by: z
    .enum(['mark', 'pattern', 'turn', 'quiet', 'exit', 'timeout'])
    .describe(
      "mark: the shell said that the command ended. pattern: wait_for matched. turn: an agent's turn ended. " +
        'quiet: nothing was printed for quiet_ms (it may still run). exit: the terminal ended. timeout: the wait ran out.',
    ),
  exit_code: z.int().nullable(),
  duration_ms: z.number().nullable(),
  cursor: z.string().describe('After what was returned; pass it to read as `since`.'),
  truncated: z.boolean().describe('The middle of the output was left out: see `dropped`.'),
  dropped: z
    .strictObject({ from: z.string(), to: z.string(), bytes: z.int() })
    .nullable()
    .describe('What was left out: read it with since = from, until = to.'),
  problem: z
    .string()
    .optional()
    .describe(
      'Set if the wait ran out while output could not be seen (a full disk): why. It is kept, and comes later.',
    ),
}

const input = z.strictObject({
  session_id: field.sessionId,
  message: field.inputText.describe('What to type. Several lines are pasted as one.'),
  wait_ms: field.waitMs
    .default(WAIT_MS)
    .describe('How long to wait for the end; the command goes on after it.'),
  wait_for: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('Regular expression (RE2): return as soon as the output matches.'),
  quiet_ms: field.waitMs
    .default(QUIET_MS)
    .describe(
      'Where no mark tells the end (a REPL, a question): return once nothing was printed for this long.',
    ),
  max_bytes: field.maxBytes,
  submit: z.boolean().default(true).describe('Press Enter after it.'),
})

const output = z.strictObject(collectedFields)

export const sessionSend = defineOperation<typeof input, typeof output, TextItem>({
  name: 'session.send',
  summary: 'Types into a session and waits for what comes of it.',
  input,
  output,
  scope: 'sessions:input',
  alsoNeeds: ['sessions:read'],
  idempotent: false,
  at: 'here',
  mcp: {
    name: 'teleclaude__send',
    description:
      'Type a command (or text for the running program) into a session and wait until it has ended. Returns its output and exit code. ' +
      'With complete:false it is still running: continue with teleclaude__read from `cursor`. ' +
      'Sending to a busy session is input to the running program. For a program that stays (a REPL, a server) give wait_for, or a short wait_ms.',
    annotations: { destructiveHint: true, openWorldHint: true },
  },
  cli: { words: 'session send', positional: ['session_id', 'message...'] },
  async run({ message, submit, wait_for, ...request }, call) {
    // Before anything is typed, so that a pattern that is of no use stops it.
    const pattern = wait_for === undefined ? null : new PatternWatch(wait_for)
    const { cursor, at_prompt } = await call.invoke<{ cursor: Cursor; at_prompt: boolean }>('session.input', {
      session_id: request.session_id,
      text: message,
      submit,
    })
    const atPrompt = at_prompt && submit
    return collectOutput({ ...request, since: cursor, typed: message, atPrompt, pattern }, call)
  },
})
