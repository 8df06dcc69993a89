import { TeleclaudeError } from '../errors.ts'
import type { Inbound } from '../host/hooks.ts'
import { principalName } from '../principal.ts'
import type { SessionContext } from './create-sessions.ts'
import { requireLive } from './require-live.ts'
import type { Session } from './session.ts'
import type { Author, InputReceipt } from './sessions.ts'
import type { TerminalInput } from './terminal.ts'

/** How long the prompt may take to appear after a command has ended before input goes to whatever is there. */
const PROMPT_WAIT_MS = 2000
/** How long a program may take to end, or a shell to show a new prompt, after Ctrl-C or a pager's `q`. */
const KEYS_SETTLE_MS = 300

/** Asks the plugins, writes down who typed, and types. */
export async function typeInput(
  context: SessionContext,
  session: Session,
  input: TerminalInput,
  author: Author,
): Promise<InputReceipt> {
  requireLive(session)
  const accepted = await ask(context, session, input, author)
  if (input.type === 'text') {
    await effectOfKeys(context, session)
    await promptAfterEnd(context, session)
  }
  requireLive(context.table.get(session.id).session)

  const terminals = context.terminals()
  const wasAtPrompt = terminals.isAtPrompt(session.id)
  const atPrompt = input.type === 'text' && wasAtPrompt
  const cursor = context.journal.cursor(session.id)
  // Committed before it is typed, so that no later daemon takes a prompt for free at which something was typed. It takes
  // no turn of the event loop; a full disk takes longer, and must not keep Ctrl-C from the program.
  await Promise.race([recordInput(context, session, accepted, author, atPrompt), nextTurn()])
  const seq = context.journal.head(session.id)
  await terminals.write(session.id, accepted)
  const isPromptLeft = wasAtPrompt && !terminals.isAtPrompt(session.id)
  if (input.type !== 'text') notePress(context, session, seq, isPromptLeft ? PROMPT_WAIT_MS : KEYS_SETTLE_MS)
  return { cursor, atPrompt }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

async function ask(
  { hookPoints }: SessionContext,
  session: Session,
  input: TerminalInput,
  { principal, surface }: Author,
): Promise<TerminalInput> {
  const inbound: Inbound = {
    text: textOf(input),
    raw: input.type !== 'text',
    principal,
    surface,
    verdict: { type: 'accept' },
  }
  const decided = await hookPoints.inbound(inbound, session)
  if (decided.verdict.type === 'reject') {
    throw new TeleclaudeError('TC_ERR_INPUT_REJECTED', `the input was refused: ${decided.verdict.reason}`)
  }
  return withText(input, decided.text)
}

function textOf(input: TerminalInput): string {
  if (input.type === 'text') return input.text
  return input.type === 'raw' ? input.data : input.keys.join(' ')
}

/** Key presses have names, not text, so they are accepted or refused but not rewritten. */
function withText(input: TerminalInput, text: string): TerminalInput {
  if (input.type === 'text') return { ...input, text }
  return input.type === 'raw' ? { ...input, data: text } : input
}

function notePress({ table, clock }: SessionContext, { id }: Session, seq: number, settleMs: number): void {
  table.get(id).pressed = { seq, settledAt: clock.monotonic() + settleMs }
}

/**
 * Keys often end what runs. Text that follows at once is meant for what comes then: typed sooner, it would be taken
 * for input to the dying program, and the program's end mark for its own.
 */
async function effectOfKeys({ table, journal, life, clock }: SessionContext, { id }: Session): Promise<void> {
  const { pressed } = table.get(id)
  if (!pressed || (journal.lastMark(id)?.seq ?? 0) > pressed.seq) return
  const leftMs = pressed.settledAt - clock.monotonic()
  if (leftMs > 0) await life.next(id, 'mark', leftMs)
}

/**
 * Between a command's end and the next prompt the shell is busy for an instant. Text that comes then is meant for the
 * prompt: it waits for it, so that its own end will be marked.
 */
async function promptAfterEnd({ life }: SessionContext, { id }: Session): Promise<void> {
  if (life.lastMark(id)?.mark.type === 'end') await life.next(id, 'mark', PROMPT_WAIT_MS)
}

/** Text is kept only where it cannot be a password: what is typed at a prompt is a command and is echoed. */
async function recordInput(
  { journal, log }: SessionContext,
  session: Session,
  input: TerminalInput,
  { principal, surface }: Author,
  atPrompt: boolean,
): Promise<void> {
  const text = textOf(input)
  const author = `${surface} ${principalName(principal)}`
  try {
    await journal.append(session.id, [
      { kind: 'input', author, length: text.length, ...(atPrompt && { text }) },
    ])
  } catch (err) {
    log.error({ err, session: session.id }, 'an input could not be recorded')
  }
}
