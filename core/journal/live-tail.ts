import type { Entry } from './entry.ts'
import type { PlacedEntry } from './entry-row.ts'
import type { SessionLog } from './session-log.ts'

/** The newest entries of the busiest sessions, in memory, so that those who follow them never touch the disk. */
export interface LiveTails {
  push(log: SessionLog, placed: readonly PlacedEntry[]): void
  /** The entries after `seq`, or null where the tail does not reach back that far. */
  after(log: SessionLog, seq: number): Iterable<Entry> | null
  drop(log: SessionLog): void
}

interface Tail {
  /** Without a hole, up to the log's head. The first `start` are no longer part of it. */
  entries: Entry[]
  weights: number[]
  start: number
  weight: number
}

/** Weights as retention counts them. */
export interface TailLimits {
  readonly perSession: number
  readonly together: number
}

/** A reader that is further behind than a quarter MiB is not live; 200 busy sessions must not cost 50 MB of memory. */
export const TAIL_LIMITS: TailLimits = { perSession: 256 * 1024, together: 8 * 2 ** 20 }

export function createLiveTails(limits: TailLimits): LiveTails {
  // In the order of their last commit, so that the first is the one to give up.
  const tails = new Map<SessionLog, Tail>()
  let together = 0

  const shorten = (tail: Tail, limit: number) => {
    while (tail.weight > limit && tail.start < tail.entries.length) {
      const weight = tail.weights[tail.start++] ?? 0
      tail.weight -= weight
      together -= weight
    }
    if (tail.start * 2 > tail.entries.length) {
      tail.entries = tail.entries.slice(tail.start)
      tail.weights = tail.weights.slice(tail.start)
      tail.start = 0
    }
  }
  const drop = (log: SessionLog) => {
    const tail = tails.get(log)
    if (!tail) return
    together -= tail.weight
    tails.delete(log)
  }
  return {
    push(log, placed) {
      const tail = tails.get(log) ?? { entries: [], weights: [], start: 0, weight: 0 }
      tails.delete(log)
      tails.set(log, tail)
      let before = log.head.weight
      for (const { entry, place } of placed) {
        tail.entries.push(entry)
        tail.weights.push(place.weight - before)
        before = place.weight
      }
      tail.weight += before - log.head.weight
      together += before - log.head.weight
      shorten(tail, limits.perSession)
      for (const [stale] of tails) {
        if (together <= limits.together) break
        drop(stale)
      }
    },
    after(log, seq) {
      const tail = tails.get(log)
      const first = tail?.entries[tail.start]
      if (!tail || !first || seq + 1 < first.seq) return null
      return from(tail, tail.start + seq + 1 - first.seq)
    },
    drop,
  }
}

function* from({ entries }: Tail, start: number): Generator<Entry> {
  for (let index = start; index < entries.length; index++) {
    const entry = entries[index]
    if (entry) yield entry
  }
}
