import type { Cursor, SessionId } from '../ids.ts'
import { formatCursor } from '../journal/cursor.ts'
import type { Entry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import { isLive } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'

export interface StreamOptions {
  readonly journal: Journal
  readonly sessions: Pick<Sessions, 'find' | 'onChange'>
  readonly session: SessionId
  readonly since: Cursor
  readonly signal: AbortSignal
}

/** Entries after `since`, then live ones, until `signal` aborts, or the session has ended and all is read. */
export async function* streamEntries(options: StreamOptions): AsyncGenerator<Entry, void> {
  const { journal, sessions, session, signal } = options
  let cursor = options.since
  while (!signal.aborted) {
    // Asked before reading: what has ended has also written its last entry.
    const hasEnded = !isAlive(sessions, session)
    const slice = journal.read(session, cursor)
    cursor = slice.cursor
    for (const entry of slice.entries) {
      if (signal.aborted) return
      yield entry
    }
    if (!slice.atEnd) continue
    if (hasEnded || !(await moreOrEnd(options, cursor))) return
  }
}

/** The newest `limit` entries, oldest first. */
export function newestEntries(journal: Journal, session: SessionId, limit: number): readonly Entry[] {
  const untilSeq = journal.head(session)
  let cursor = formatCursor(journal.epoch, Math.max(0, untilSeq - Math.max(0, limit)))
  const newest: Entry[] = []
  for (;;) {
    const { entries, cursor: next } = journal.read(session, cursor, { untilSeq })
    if (entries.length === 0) return newest
    newest.push(...entries)
    cursor = next
  }
}

/** False when there will be no more to read. */
async function moreOrEnd(
  { journal, sessions, session, signal }: StreamOptions,
  cursor: Cursor,
): Promise<boolean> {
  if (!isAlive(sessions, session)) return true
  const ended = new AbortController()
  const listening = sessions.onChange(changed => {
    if (changed.id === session && !isAlive(sessions, session)) ended.abort()
  })
  try {
    const hasMore = await journal.waitForMore(session, cursor, AbortSignal.any([signal, ended.signal]))
    return hasMore || ended.signal.aborted
  } finally {
    listening[Symbol.dispose]()
  }
}

function isAlive(sessions: Pick<Sessions, 'find'>, session: SessionId): boolean {
  const found = sessions.find(session)
  return found !== undefined && isLive(found.state)
}
