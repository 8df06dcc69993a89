import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import type { JournalTable } from './journal-table.ts'
import type { SessionLog } from './session-log.ts'

/** How much is kept. Bytes as they weigh on the disk: payload and a little for every entry. */
export interface RetentionLimits {
  /** The newest of a live session's, in bytes. */
  readonly liveBytes: number
  /** How long after its end a session's entries are kept, in milliseconds. */
  readonly closedMs: number
  /** The pages of the database that are in use, everything together, in bytes. */
  readonly totalBytes: number
}

export const RETENTION: RetentionLimits = {
  liveBytes: 16 * 2 ** 20,
  closedMs: 7 * 24 * 60 * 60 * 1000,
  totalBytes: 2 ** 30,
}

/** Deletes the oldest entries, a little at a time: no call takes more than a few milliseconds. */
export interface Retention {
  /** Deletes at least as much as the commit added, where there is too much. */
  afterCommit(log: SessionLog, weight: number): void
  /** Deletes one portion of what is to go; false if there is none. */
  step(): boolean
  /** Entries of a removed log go in the next steps. */
  addOrphan(number: number): void
}

export interface RetentionOptions {
  readonly store: Store
  readonly table: JournalTable
  readonly clock: Clock
  readonly limits: RetentionLimits
  /** Of all sessions, with their places loaded. */
  logs(): Iterable<SessionLog>
}

/** Deleting 2048 rows takes 2 to 8 ms, by their size. */
const PORTION_ROWS = 2048
/** Deleting 256 KiB at once costs one transaction instead of one for each commit. */
const SLACK_BYTES = 256 * 1024
/** A commit of 1 MiB is at most 16,000 empty entries: eight portions. */
const MAX_PORTIONS_PER_COMMIT = 8
/** Asking for the size of the database costs two small queries; not for every commit. */
const SIZE_CHECK_WEIGHT = 512 * 1024

export function createRetention(options: RetentionOptions): Retention {
  const { store, table, clock, limits } = options
  const orphans = new Set<number>()
  let sinceSizeCheck = 0

  /** Deletes the oldest entries of a log until it weighs no more than `keep`. The newest entry always stays. */
  const trim = (log: SessionLog, keep: number): boolean => {
    const last = Math.min(log.floor.seq + PORTION_ROWS, log.head.seq - 1)
    if (last <= log.floor.seq) return false
    const place = table.placeOfWeight(log.number, log.floor.seq, last, log.head.weight - keep)
    if (!place) return false
    store.transaction(() => table.deleteEntries(log.number, log.floor.seq, place.seq))
    log.floor = place
    return true
  }
  const dropOrphan = (number: number): true => {
    const floor = table.floor(number).seq
    const head = table.head(number).seq
    const until = Math.min(floor + PORTION_ROWS, head)
    store.transaction(() => {
      table.deleteEntries(number, floor, until)
      if (until === head) table.dropLog(number)
    })
    if (until === head) orphans.delete(number)
    return true
  }
  const isExpired = (log: SessionLog) =>
    log.closedAt !== null && log.closedAt + limits.closedMs <= clock.now() && canShrink(log)

  const makeRoom = (): boolean => {
    if (usedBytes(store) <= limits.totalBytes) return false
    const log = firstToShrink(options.logs())
    return log !== null && trim(log, Math.max(0, kept(log) - 2 * SIZE_CHECK_WEIGHT))
  }
  return {
    afterCommit(log, weight) {
      for (let portion = 0; portion < MAX_PORTIONS_PER_COMMIT; portion++) {
        if (kept(log) <= limits.liveBytes + Math.min(SLACK_BYTES, limits.liveBytes / 4)) break
        if (!trim(log, limits.liveBytes)) break
      }
      sinceSizeCheck += weight
      if (sinceSizeCheck < SIZE_CHECK_WEIGHT) return
      sinceSizeCheck = 0
      makeRoom()
    },
    step() {
      for (const number of orphans) return dropOrphan(number)
      for (const log of options.logs()) if (isExpired(log)) return trim(log, 0)
      return makeRoom()
    },
    addOrphan: number => void orphans.add(number),
  }
}

function kept(log: SessionLog): number {
  return log.head.weight - log.floor.weight
}

function canShrink(log: SessionLog): boolean {
  return log.head.seq - log.floor.seq > 1
}

/** The session that ended first, or if all others are empty the live one that keeps most. */
function firstToShrink(logs: Iterable<SessionLog>): SessionLog | null {
  let found: SessionLog | null = null
  for (const log of logs) if (canShrink(log) && (!found || goesBefore(log, found))) found = log
  return found
}

function goesBefore(a: SessionLog, b: SessionLog): boolean {
  if (a.closedAt !== null && b.closedAt !== null) return a.closedAt < b.closedAt
  if (a.closedAt === null && b.closedAt === null) return kept(a) > kept(b)
  return a.closedAt !== null
}

/** Deleting makes pages free for new entries; the file itself stays as large as it ever was. */
function usedBytes({ db }: Store): number {
  const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map(name =>
    Number(db.pragma(name, { simple: true })),
  )
  return ((pages ?? 0) - (free ?? 0)) * (size ?? 0)
}
