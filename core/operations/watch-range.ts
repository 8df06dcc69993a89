import { TeleclaudeError } from '../errors.ts'
import type { Cursor, SessionId } from '../ids.ts'
import { formatCursor, parseCursor, START } from '../journal/cursor.ts'
import { type Entry, entryToWire, type WireEntry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'

const LINE_FEED = 10
/** How many entries before a cursor are looked at for the start of its line. */
const CONTEXT_ENTRIES = 64

/** The entries just before a cursor, from the start of its line on: what tells how a line begins. */
export function contextBefore(
  journal: Journal,
  session: SessionId,
  cursor: Cursor,
): readonly WireEntry[] | undefined {
  const { epoch, seq } = parseCursor(cursor)
  if (!epoch || seq === 0 || epoch !== journal.epoch) return undefined
  const from = formatCursor(epoch, Math.max(0, seq - CONTEXT_ENTRIES))
  const before = journal.read(session, from, { untilSeq: seq }).entries
  const lineStart = before.findLastIndex(entry => entry.kind === 'output' && entry.data.includes(LINE_FEED))
  return before.slice(Math.max(0, lineStart)).map(entryToWire)
}

/** The seq of `until`. @throws TC_ERR_CURSOR_INVALID for an end in another journal than this one */
export function endOf(journal: Journal, until: string | number | undefined): number | undefined {
  if (until === undefined) return undefined
  const { epoch, seq } = parseCursor(String(until))
  if (epoch === null || epoch === journal.epoch) return seq
  throw new TeleclaudeError(
    'TC_ERR_CURSOR_INVALID',
    "'until' is of a journal that is no more: its database was replaced. Read without it.",
  )
}

/** Where the newest `bytes` of output begin; the entry in which they do is left out. */
export function beforeLast(journal: Journal, session: SessionId, bytes: number): Cursor {
  const head = journal.head(session)
  for (let count = 64; ; count *= 4) {
    const from = formatCursor(journal.epoch, Math.max(0, head - count))
    const newest = journal.read(session, from, {
      maxBytes: Number.MAX_SAFE_INTEGER,
      maxEntries: count,
    }).entries
    const before = beforeBytes(newest, bytes)
    if (before) return formatCursor(journal.epoch, before.seq)
    if (head <= count) return START
  }
}

/** The last entry after which there are no more than so many bytes of output. */
function beforeBytes(entries: readonly Entry[], bytes: number): Entry | undefined {
  let left = bytes
  return entries.findLast(entry => {
    left -= bytesIn([entry])
    return left < 0
  })
}

/** How much output they hold. */
export function bytesIn(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'output' ? entry.data.length : 0), 0)
}
