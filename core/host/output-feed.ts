import type { Entry } from '../journal/entry.ts'
import type { Session } from '../sessions/session.ts'

/** How many entries wait for one busy tap before the rest is dropped: about a second of 100 lively sessions. */
export const MAX_PENDING_ENTRIES = 1000

interface Pending {
  session: Session
  readonly entries: Entry[]
  dropped: { fromSeq: number; toSeq: number; bytes: number; at: number } | null
}

/** Feeds one tap of `onOutput`: one call at a time, what arrives meanwhile merged by session, memory bounded. */
export interface OutputFeed {
  push(entries: readonly Entry[], session: Session): void
  /** Forgets what waits. */
  clear(): void
}

/** @param deliver calls the tap; must not reject */
export function createOutputFeed(
  deliver: (entries: readonly Entry[], session: Session) => Promise<void>,
): OutputFeed {
  const waiting = new Map<string, Pending>()
  let count = 0
  let isBusy = false

  const drain = async () => {
    isBusy = true
    for (let next = takeFirst(); next; next = takeFirst()) await deliver(withGap(next), next.session)
    isBusy = false
  }
  const takeFirst = (): Pending | undefined => {
    const [id, pending] = waiting.entries().next().value ?? []
    if (id === undefined || !pending) return undefined
    waiting.delete(id)
    count -= pending.entries.length
    return pending
  }

  return {
    push(entries, session) {
      const pending = waiting.get(session.id) ?? { session, entries: [], dropped: null }
      waiting.set(session.id, pending)
      pending.session = session
      const room = pending.dropped ? 0 : Math.max(0, MAX_PENDING_ENTRIES - count)
      const kept = entries.slice(0, room)
      pending.entries.push(...kept)
      count += kept.length
      for (const entry of entries.slice(room)) drop(pending, entry)
      if (!isBusy) void drain()
    },
    clear() {
      waiting.clear()
      count = 0
    },
  }
}

function drop(pending: Pending, entry: Entry): void {
  const bytes = entry.kind === 'output' ? entry.data.byteLength : 0
  pending.dropped ??= { fromSeq: entry.seq, toSeq: entry.seq, bytes: 0, at: entry.at }
  pending.dropped.toSeq = entry.seq
  pending.dropped.at = entry.at
  pending.dropped.bytes += bytes
}

function withGap({ entries, dropped }: Pending): readonly Entry[] {
  if (!dropped) return entries
  const { toSeq: seq } = dropped
  return [...entries, { kind: 'gap', ...dropped, seq, reason: 'the reader was too slow' }]
}
