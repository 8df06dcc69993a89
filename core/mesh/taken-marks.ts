/** Knows of the numbers of requests for how long they have been there, by a clock that nobody sets. */
export interface TakenMarks {
  /** To be told of every new number: it, and all below, are there by `now`. */
  note(number: number, now: number): void
  /** The highest number that is known to have been there for more than `ms`; 0 if there is none. */
  olderThan(ms: number, now: number): number
}

/** Numbers of within as long share a mark, with the time of the newest. */
const EVERY_MS = 10_000

export function createTakenMarks(): TakenMarks {
  const marks: { number: number; readonly since: number; at: number }[] = []
  return {
    note(number, now) {
      const newest = marks.at(-1)
      if (newest && now - newest.since < EVERY_MS) Object.assign(newest, { number, at: now })
      else marks.push({ number, since: now, at: now })
    },
    olderThan(ms, now) {
      const isOld = (index: number) => now - (marks[index]?.at ?? now) > ms
      while (isOld(1)) marks.shift()
      return isOld(0) ? (marks[0]?.number ?? 0) : 0
    },
  }
}
