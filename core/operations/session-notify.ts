import { z } from 'zod'
import { formatCursor } from '../journal/cursor.ts'
import { JournalService } from '../journal/journal.ts'
import { type Principal, principalName } from '../principal.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'

/** Longer than any message that a chat shows; with everything around it it must fit into a message between computers. */
export const MAX_NOTICE_CHARS = 262_144

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
    const { id } = call.services.get(SessionsService).get(session_id)
    const journal = call.services.get(JournalService)
    const notice = { kind: 'notice', text, format, author: shownAs(author, call) } as const
    const [entry] = await journal.append(id, [notice])
    return { cursor: formatCursor(journal.epoch, entry?.seq ?? journal.head(id)) }
  },
})

/** Nobody speaks under another's name: what it calls itself stands before what it is. */
function shownAs(
  author: string | undefined,
  { surface, principal }: { readonly surface: string; readonly principal: Principal },
): string {
  if (author === undefined) return `${surface} ${principalName(principal)}`
  return `${author} (${principal.kind === 'peer' ? principal.computer : principalName(principal)})`
}
