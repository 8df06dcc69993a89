import type { Logger } from 'pino'
import type { Clock, Timer } from '../clock.ts'
import { messageOf, TeleclaudeError } from '../errors.ts'
import type { Entry } from './entry.ts'
import type { PlacedEntry } from './entry-row.ts'
import type { SessionLog } from './session-log.ts'

/** What one call of `append` brought. */
export interface PendingAppend {
  readonly log: SessionLog
  readonly placed: readonly PlacedEntry[]
  /** Of all of them, as retention counts it. */
  readonly weight: number
  readonly resolve: (entries: readonly Entry[]) => void
  readonly reject: (error: Error) => void
}

/** Appends that wait for their commit, in order. */
export interface CommitQueue {
  readonly stalled: string | null
  add(append: PendingAppend): void
  /** Forgets what waits for one log, rejecting it. */
  discard(log: SessionLog, error: Error): void
  /** Tries once more to commit everything, then rejects what is left. */
  close(): void
}

export interface CommitQueueOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Writes all of these in one transaction, or throws and has written nothing. */
  write(appends: readonly PendingAppend[]): void
  /** They are committed. Must not throw. */
  committed(appends: readonly PendingAppend[]): void
}

/** As long as a person freeing disk space notices, as short as a terminal's pause bears many tries. */
const RETRY_MS = 1000
/** One transaction takes at most about 10 ms of this; what waits longer than a full disk lasted goes in several. */
const TRANSACTION_WEIGHT = 2 ** 20

export function createCommitQueue(options: CommitQueueOptions): CommitQueue {
  const { clock, log } = options
  let pending: PendingAppend[] = []
  let scheduled = false
  let stalled: string | null = null
  let retry: Timer | null = null

  /** Commits the oldest, as many as make one transaction. False when the disk refuses. */
  const commitSome = (): boolean => {
    const batch = pending.slice(0, countForOneTransaction(pending))
    try {
      options.write(batch)
    } catch (error) {
      stall(messageOf(error))
      return false
    }
    pending = pending.slice(batch.length)
    if (stalled) log.info({ waiting: pending.length }, 'the journal commits again')
    stalled = null
    options.committed(batch)
    return true
  }
  const stall = (reason: string) => {
    if (stalled !== reason) log.error({ reason }, 'the journal cannot commit; it tries again every second')
    stalled = reason
    retry?.cancel()
    retry = clock.setTimeout(run, RETRY_MS)
  }
  const run = () => {
    scheduled = false
    retry?.cancel()
    retry = null
    if (pending.length > 0 && commitSome() && pending.length > 0) schedule(setImmediate)
  }
  const schedule = (defer: (fn: () => void) => unknown) => {
    if (scheduled || stalled !== null) return
    scheduled = true
    defer(run)
  }
  return {
    get stalled() {
      return stalled
    },
    add(append) {
      pending.push(append)
      // At the end of this turn, so that everything which arrived in it shares one transaction.
      schedule(queueMicrotask)
    },
    discard(gone, error) {
      const dropped = pending.filter(append => append.log === gone)
      pending = pending.filter(append => append.log !== gone)
      for (const append of dropped) append.reject(error)
    },
    close() {
      while (pending.length > 0 && commitSome());
      retry?.cancel()
      const lost = pending
      pending = []
      for (const append of lost) append.reject(closedError(stalled))
    },
  }
}

function countForOneTransaction(pending: readonly PendingAppend[]): number {
  let weight = 0
  const tooMany = pending.findIndex(append => {
    weight += append.weight
    return weight > TRANSACTION_WEIGHT
  })
  // The first goes in any case, however large.
  return tooMany < 0 ? pending.length : Math.max(1, tooMany)
}

export function closedError(stalled: string | null): TeleclaudeError {
  const why = stalled === null ? '' : ` It could not commit: ${stalled}`
  return new TeleclaudeError('TC_ERR_STORE', `The journal is closed, the daemon is ending.${why}`)
}
