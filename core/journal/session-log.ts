import type { SessionId } from '../ids.ts'
import type { Entry } from './entry.ts'
import type { SourcePosition } from './journal.ts'

/** A place between two entries of one log. */
export interface Place {
  /** Of the entry before it. */
  readonly seq: number
  /** How many bytes of output were ever appended up to here. */
  readonly outputBytes: number
  /** How many bytes retention counts up to here: see {@link weigh}. */
  readonly weight: number
}

export const ORIGIN: Place = { seq: 0, outputBytes: 0, weight: 0 }

/** What is known of one session's log without asking the disk. */
export interface SessionLog {
  readonly number: number
  readonly session: SessionId
  /** Null while the session lives. */
  closedAt: number | null
  /** Everything up to here is gone. */
  floor: Place
  /** Everything up to here is committed. */
  head: Place
  /** Where the next append begins: `head`, and what waits for its commit. */
  next: Place
  source: SourcePosition | null
  lastMark: Entry | null
  /** Called once, at the next commit or when there will be none. */
  readonly waiters: Set<() => void>
}

/** What a row costs on the disk beside its payload, so that a million empty entries are not free. */
const ROW_BYTES = 64

/** What an entry with this much payload counts for retention. */
export function weigh(payloadBytes: number): number {
  return payloadBytes + ROW_BYTES
}

export function wakeWaiters(log: SessionLog): void {
  const waiters = [...log.waiters]
  log.waiters.clear()
  for (const wake of waiters) wake()
}
