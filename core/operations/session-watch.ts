import { z } from 'zod'
import type { Cursor } from '../ids.ts'
import { parseCursor } from '../journal/cursor.ts'
import { entryToWire, type WireEntry } from '../journal/entry.ts'
import { type Journal, JournalService } from '../journal/journal.ts'
import { isLive, type Session } from '../sessions/session.ts'
import { sessionState } from '../sessions/session-schema.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'
import { beforeLast, bytesIn, contextBefore, endOf } from './watch-range.ts'

/** What `session.watch` emits: entries in order and without a hole, and the cursor of the last of them. */
export interface WatchItem {
  readonly entries: readonly WireEntry[]
  readonly cursor: Cursor
  /** Only in the first item, where asked for: the entries just before `since`, to know how its line begins. */
  readonly context?: readonly WireEntry[]
}

/** Read at once: enough to keep a reader busy, little enough to let others have their turn. */
const ITEM_BYTES = 131_072

const input = z.strictObject({
  session_id: field.sessionId,
  since: field.cursor.default('0'),
  last_bytes: z
    .int()
    .min(0)
    .max(16_777_216)
    .optional()
    .describe('Begin with so much of the newest output, instead of at `since`.'),
  until: field.cursor.optional().describe('Read no further than this cursor.'),
  follow: z.boolean().default(true).describe('Go on with what comes, until the session ends.'),
  max_bytes: z.int().min(1).default(Number.MAX_SAFE_INTEGER).describe('Stop once this much output was read.'),
  context: z.boolean().default(false).describe('Begin with the entries just before the cursor.'),
})

const output = z.strictObject({
  cursor: z.string(),
  at_end: z.boolean().describe('Nothing newer was there.'),
  running: z.boolean().describe('Something runs, as far as the marks tell.'),
  state: sessionState,
})

export const sessionWatch = defineOperation<typeof input, typeof output, WatchItem>({
  name: 'session.watch',
  summary: 'Streams the entries of a session, from a cursor on.',
  input,
  output,
  scope: 'sessions:read',
  idempotent: true,
  at: 'owner',
  async run(request, call) {
    const sessions = call.services.get(SessionsService)
    const journal = call.services.get(JournalService)
    const { id } = sessions.get(request.session_id)
    const until = endOf(journal, request.until)
    const isEnded = () => !isLive(sessions.get(id).state)
    let cursor =
      request.last_bytes === undefined
        ? (String(request.since) as Cursor)
        : beforeLast(journal, id, request.last_bytes)
    let context = request.context ? contextBefore(journal, id, cursor) : undefined
    let left = request.max_bytes

    while (!call.signal.aborted) {
      const ended = isEnded()
      const slice = journal.read(id, cursor, {
        maxBytes: Math.min(left, ITEM_BYTES),
        ...(until !== undefined && { untilSeq: until }),
      })
      if (slice.entries.length > 0 || context) {
        await call.emit({
          entries: slice.entries.map(entryToWire),
          cursor: slice.cursor,
          ...(context && { context }),
        })
        context = undefined
        left -= bytesIn(slice.entries)
      }
      cursor = slice.cursor
      const isDone = left <= 0 || (until !== undefined && parseCursor(cursor).seq >= until)
      if (isDone || (slice.atEnd && (!request.follow || ended))) break
      if (slice.atEnd && !(await journal.waitForMore(id, cursor, call.signal))) break
    }
    const session = sessions.get(id)
    return {
      cursor,
      at_end: parseCursor(cursor).seq >= journal.head(id),
      running: isRunning(journal, session),
      state: session.state,
    }
  },
})

/** Without marks nobody knows, so an open terminal counts as running something; nor while marks wait for a full disk. */
function isRunning(journal: Journal, session: Session): boolean {
  if (!isLive(session.state)) return false
  if (journal.stalled !== null) return true
  const newest = journal.lastMark(session.id)
  return newest?.kind !== 'mark' || newest.mark.type === 'start'
}
