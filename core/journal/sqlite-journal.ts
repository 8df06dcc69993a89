import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { Store } from '../store/store.ts'
import { asStoreError } from '../store/store-errors.ts'
import { advance, type Commit, commitsOf, writeCommit } from './commit.ts'
import { createCommitListeners } from './commit-listeners.ts'
import { closedError, createCommitQueue, type PendingAppend } from './commit-queue.ts'
import { formatCursor } from './cursor.ts'
import { type PlacedEntry, placeEntry } from './entry-row.ts'
import type { Append, Journal } from './journal.ts'
import { createJournalTable } from './journal-table.ts'
import { createLiveTails, TAIL_LIMITS, type TailLimits } from './live-tail.ts'
import { loadLogs } from './log-set.ts'
import { readerPlace, readSlice } from './reading.ts'
import { createRetention, RETENTION, type RetentionLimits } from './retention.ts'
import { type SessionLog, wakeWaiters } from './session-log.ts'
import { createSweeper } from './sweeper.ts'

/** The journal as its owner uses it. */
export interface JournalStore extends Journal {
  /**
   * Makes a log for the session if it has none. A new one is live.
   * @throws TC_ERR_DISK_FULL, TC_ERR_STORE
   */
  open(session: SessionId): void
  /** Whether the session lives decides what is kept of it, and since when. */
  setLive(session: SessionId, isLive: boolean): void
  /** Forgets the session's log. Its entries are deleted little by little. */
  remove(session: SessionId): void
  /** Deletes a little of what is older than retention allows. Also happens by itself. */
  sweep(): void
  stats(): JournalStats
  /** Commits what waits, if the disk allows it, and ends all waiting. */
  close(): void
}

/** Counted since the journal was created. */
export interface JournalStats {
  readonly commits: number
  readonly entries: number
  readonly bytes: number
  readonly stalled: string | null
}

export interface JournalOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly retention?: Partial<RetentionLimits>
  readonly tails?: TailLimits
}

/** The journal in the database of `store`. */
export function createJournal(options: JournalOptions): JournalStore {
  const { store, clock, log: logger } = options
  const table = createJournalTable(store)
  const logs = store.transaction(() => loadLogs(table))
  const tails = createLiveTails(options.tails ?? TAIL_LIMITS)
  const limits = { ...RETENTION, ...options.retention }
  const retention = createRetention({ store, table, clock, limits, logs: () => logs.all() })
  for (const number of logs.orphans) retention.addOrphan(number)
  const sweeper = createSweeper({ clock, log: logger, step: () => retention.step() })
  const listeners = createCommitListeners(logger)
  const counted = { commits: 0, entries: 0, bytes: 0 }
  let isClosed = false

  const publish = (appends: readonly PendingAppend[]) => {
    const commits = commitsOf(appends)
    counted.commits += 1
    const weights = commits.map(commit => {
      tails.push(commit.log, commit.placed)
      counted.entries += commit.placed.length
      counted.bytes += outputBytes(commit)
      return advance(commit)
    })
    for (const commit of commits) listeners.tell(commit)
    for (const { placed, resolve } of appends) resolve(placed.map(({ entry }) => entry))
    for (const [index, { log }] of commits.entries()) shrink(log, weights[index] ?? 0)
  }
  const shrink = (log: SessionLog, weight: number) => {
    try {
      retention.afterCommit(log, weight)
    } catch (error) {
      // Nothing is lost by keeping more than wanted; the next commit or sweep tries again.
      logger.warn({ err: error }, 'could not delete old entries')
    }
  }
  const queue = createCommitQueue({
    clock,
    log: logger,
    write: appends =>
      store.transaction(() => {
        for (const commit of commitsOf(appends)) writeCommit(table, commit)
      }),
    committed: publish,
  })
  const source = {
    epoch: store.epoch,
    now: () => clock.now(),
    entries: (log: SessionLog, afterSeq: number, untilSeq: number) =>
      tails.after(log, afterSeq) ?? table.entries(log.number, afterSeq, untilSeq),
  }
  return {
    epoch: store.epoch,
    get stalled() {
      return queue.stalled
    },
    append(session, entries) {
      return new Promise((resolve, reject) => {
        if (isClosed) throw closedError(null)
        const log = logs.get(session)
        const before = log.next
        const placed = placeAll(log, entries, clock.now())
        if (placed.length === 0) return resolve([])
        queue.add({ log, placed, weight: log.next.weight - before.weight, resolve, reject })
      })
    },
    head: session => logs.get(session).head.seq,
    cursor: session => formatCursor(store.epoch, logs.get(session).head.seq),
    read(session, since, limit) {
      try {
        return readSlice(source, logs.get(session), since, limit)
      } catch (error) {
        throw asStoreError(error, store.db.name)
      }
    },
    waitForMore(session, since, signal) {
      return new Promise(resolve => {
        const log = logs.get(session)
        const place = readerPlace(log, store.epoch, since)
        if (place.isForeign || place.seq < log.head.seq) return resolve(true)
        if (isClosed || signal.aborted) return resolve(false)
        waitIn(log, signal, () => resolve(log.head.seq > place.seq))
      })
    },
    onCommit: listener => listeners.add(listener),
    lastSource: session => logs.get(session).source,
    lastMark: session => logs.get(session).lastMark,
    open(session) {
      if (!logs.find(session))
        logs.add(
          session,
          store.transaction(() => table.addLog(session)),
        )
    },
    setLive(session, isLive) {
      const log = logs.get(session)
      if (isLive === (log.closedAt === null)) return
      const closedAt = isLive ? null : clock.now()
      store.transaction(() => table.setClosedAt(log, closedAt))
      log.closedAt = closedAt
      if (!isLive) tails.drop(log)
    },
    remove(session) {
      const log = logs.find(session)
      if (!log) return
      store.transaction(() => table.orphanLog(log.number))
      logs.delete(log)
      tails.drop(log)
      queue.discard(log, new TeleclaudeError('TC_ERR_SESSION_NOT_FOUND', `Session '${session}' was removed.`))
      retention.addOrphan(log.number)
      wakeWaiters(log)
    },
    sweep: () => sweeper.sweep(),
    stats: () => ({ ...counted, stalled: queue.stalled }),
    close() {
      if (isClosed) return
      queue.close()
      isClosed = true
      sweeper.close()
      listeners.clear()
      for (const log of logs.all()) wakeWaiters(log)
    },
  }
}

function placeAll(log: SessionLog, entries: readonly Append[], at: number): readonly PlacedEntry[] {
  let before = log.next
  const placed = entries.map(entry => {
    const next = placeEntry(entry, before, at)
    before = next.place
    return next
  })
  log.next = before
  return placed
}

function outputBytes({ log, placed }: Commit): number {
  return (placed.at(-1)?.place ?? log.head).outputBytes - log.head.outputBytes
}

function waitIn(log: SessionLog, signal: AbortSignal, done: () => void): void {
  const wake = () => {
    log.waiters.delete(wake)
    signal.removeEventListener('abort', wake)
    done()
  }
  log.waiters.add(wake)
  signal.addEventListener('abort', wake, { once: true })
}
