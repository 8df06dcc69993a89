import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import { formatCursor } from '../journal/cursor.ts'
import { type Journal, JournalService } from '../journal/journal.ts'
import { type Principal, principalName } from '../principal.ts'
import { requireLive } from '../sessions/require-live.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { createNoticeRate, type NoticeRate } from './notice-rate.ts'
import { defineOperation } from './operation.ts'

/** Longer than any message that a chat shows; with everything around it it must fit into a message between computers. */
export const MAX_NOTICE_CHARS = 262_144
/** Of another computer: whoever may speak is not to drive what was printed out of the journal. */
const MAX_PEER_CHARS = 16_384

/** One process may hold more than one daemon. */
const rates = new WeakMap<Journal, NoticeRate>()

/** What the adapter client of another computer asks for; who is here speaks through its own. */
export const sessionNotify = defineOperation({
  name: 'session.notify',
  summary: 'Shows a message in a session, without typing it.',
  input: z.strictObject({
    session_id: field.sessionId,
    text: z.string().max(MAX_NOTICE_CHARS),
    format: z.enum(['text', 'markdown', 'html']).default('text'),
    author: z.string().min(1).max(200).optional().describe('Who says it; shown with who asks.'),
  }),
  output: z.strictObject({ cursor: z.string() }),
  scope: 'messages:send',
  idempotent: false,
  at: 'owner',
  cli: false,
  async run({ session_id, text, format, author }, call) {
    const session = call.services.get(SessionsService).get(session_id)
    const { id } = session
    requireLive(session)
    requireShort(text, call.principal)
    const journal = call.services.get(JournalService)
    rateOf(journal, call.clock).count(call.principal, id)
    const notice = { kind: 'notice', text, format, author: shownAs(author, call) } as const
    const [entry] = await journal.append(id, [notice])
    return { cursor: formatCursor(journal.epoch, entry?.seq ?? journal.head(id)) }
  },
})

function rateOf(journal: Journal, clock: Clock): NoticeRate {
  const rate = rates.get(journal) ?? createNoticeRate(clock)
  rates.set(journal, rate)
  return rate
}

function requireShort({ length }: string, { kind }: Principal): void {
  if (kind !== 'peer' || length <= MAX_PEER_CHARS) return
  throw new TeleclaudeError(
    'TC_ERR_MESSAGE_TOO_LARGE',
    `A message that another computer shows in a session may have ${MAX_PEER_CHARS} characters, and this has ${length}. Send it in parts, or as a file.`,
  )
}

/** Nobody speaks under another's name: what it calls itself stands before what it is. */
function shownAs(
  author: string | undefined,
  { surface, principal }: { readonly surface: string; readonly principal: Principal },
): string {
  if (author === undefined) return `${surface} ${principalName(principal)}`
  return `${author} (${principal.kind === 'peer' ? principal.computer : principalName(principal)})`
}
