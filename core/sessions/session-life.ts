import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { HookPoints } from '../host/hook-points.ts'
import type { SessionId } from '../ids.ts'
import type { Entry, Mark, MarkContent, StateChange } from '../journal/entry.ts'
import type { JournalStore } from '../journal/sqlite-journal.ts'
import type { RestartStore } from '../store/restart-store.ts'
import { canBecome, isLive, type Session, type SessionState } from './session.ts'
import type { SessionRecord, SessionTable } from './session-table.ts'

/** Told when the journal has a session's next mark, or its end. */
type Waiter = { readonly for: 'mark' | 'end'; readonly tell: () => void }

/**
 * Derives the sessions' states from their journals: whatever was committed has happened, and nothing else has. Runs
 * within the commit, so nobody sees an entry without the state that it brings.
 */
export class SessionLife {
  readonly #table: SessionTable
  readonly #hookPoints: HookPoints
  readonly #journal: JournalStore
  readonly #restarts: RestartStore
  readonly #clock: Clock
  readonly #log: Logger
  readonly #waiters = new Map<SessionId, Set<Waiter>>()

  constructor(parts: {
    table: SessionTable
    hookPoints: HookPoints
    journal: JournalStore
    restarts: RestartStore
    clock: Clock
    log: Logger
  }) {
    this.#table = parts.table
    this.#hookPoints = parts.hookPoints
    this.#journal = parts.journal
    this.#restarts = parts.restarts
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /** To be called after every commit. */
  committed(id: SessionId, entries: readonly Entry[]): void {
    const record = this.#table.find(id)
    if (!record) return
    const lastActivityAt = Math.max(this.#clock.now(), record.session.lastActivityAt)
    this.#table.touch(record, { lastActivityAt })
    for (const entry of entries) {
      if (entry.kind === 'mark') this.#marked(record, entry.mark)
      else if (entry.kind === 'state') this.#changed(record, entry)
    }
    this.#hookPoints.output(entries, record.session)
  }

  /** Settles at the session's next mark or end, or after `ms` milliseconds. */
  next(id: SessionId, what: 'mark' | 'end', ms: number): Promise<void> {
    return new Promise(resolve => {
      const waiters = this.#waiters.get(id) ?? new Set()
      const waiter: Waiter = { for: what, tell: () => done() }
      const timer = this.#clock.setTimeout(() => done(), ms)
      const done = () => {
        timer.cancel()
        waiters.delete(waiter)
        if (waiters.size === 0 && this.#waiters.get(id) === waiters) this.#waiters.delete(id)
        // Behind those who appended it: only then does the terminal know that it is at its prompt.
        setImmediate(resolve)
      }
      this.#waiters.set(id, waiters.add(waiter))
    })
  }

  #marked(record: SessionRecord, mark: Mark): void {
    const { state } = record.session
    if (mark.type === 'start' && state !== 'starting') this.#become(record, 'busy')
    if ((mark.type === 'prompt' || mark.type === 'turn') && state !== 'starting')
      this.#become(record, 'ready')
    if (mark.type === 'end' && mark.cwd) this.#movedTo(record, mark.cwd)
    this.#tell(record.session.id, 'mark')
  }

  #movedTo(record: SessionRecord, cwd: string): void {
    const { terminal } = record.session
    if (terminal.cwd !== cwd) this.#table.touch(record, { terminal: { ...terminal, cwd } })
  }

  /** `busy` and `ready` follow from the marks, so a crash cannot leave them wrong and they need no saving. */
  #become(record: SessionRecord, state: SessionState): void {
    if (!canBecome(record.session.state, state)) return
    this.#table.touch(record, { state }, { state })
    void this.#hookPoints.sessionUpdate(record.session, { state })
  }

  #changed(record: SessionRecord, entry: StateChange & Pick<Entry, 'seq'>): void {
    // Only core writes state entries, with states of its own.
    const state = entry.state as SessionState | undefined
    if (!state || !canBecome(record.session.state, state)) return
    if (state === 'closed' || state === 'failed') this.#ended(record, state, entry)
    else if (state === 'starting') this.#startedAgain(record, entry.seq)
    else {
      const session = this.#table.update(record.session.id, { state }, { state })
      void this.#hookPoints.sessionUpdate(session, { state })
    }
  }

  #ended({ session: before }: SessionRecord, state: 'closed' | 'failed', entry: StateChange): void {
    const end = { state, closeReason: entry.reason ?? null, exitCode: entry.exitCode ?? null }
    const session = this.#table.update(before.id, { ...end, closedAt: this.#clock.now() }, end)
    this.#log.info({ session: session.id, state, reason: end.closeReason }, 'session ended')
    this.#keepAsEnded(session.id)
    this.#tell(session.id, 'end')
    void this.#hookPoints.sessionClose(session)
  }

  #startedAgain({ session: before }: SessionRecord, seq: number): void {
    const change = { state: 'starting', closeReason: null, exitCode: null } as const
    this.#keepAsLive(before.id, seq)
    const session = this.#table.update(before.id, { ...change, closedAt: null }, change)
    void this.#hookPoints.sessionUpdate(session, change)
  }

  #keepAsLive(id: SessionId, seq: number): void {
    try {
      this.#journal.setLive(id, true)
      this.#restarts.saveBeginning(id, seq)
    } catch (err) {
      this.#log.warn({ err, session: id }, 'that a session was started again could not be saved')
    }
  }

  /** Also done at every start of the daemon, so a full disk now costs nothing. */
  #keepAsEnded(id: SessionId): void {
    try {
      this.#journal.setLive(id, false)
      if (!this.#restarts.isDue(id)) this.#restarts.giveUp(id)
    } catch (err) {
      this.#log.warn({ err, session: id }, 'the journal could not be told of an end')
    }
  }

  /** An end is also told to those who wait for a mark: none will come. */
  #tell(id: SessionId, what: 'mark' | 'end'): void {
    for (const waiter of [...(this.#waiters.get(id) ?? [])]) {
      if (what === 'end' || waiter.for === what) waiter.tell()
    }
    if (what === 'end') this.#waiters.delete(id)
  }

  /** The newest mark of the terminal that the session has now, not of one before it. */
  lastMark(id: SessionId): (Entry & MarkContent) | null {
    const entry = this.#journal.lastMark(id)
    return entry?.kind === 'mark' && entry.seq > this.#restarts.beganAfter(id) ? entry : null
  }

  /** The state that the marks say a session with a running terminal is in. */
  stateByMarks(session: Session): SessionState {
    if (!isLive(session.state)) return session.state
    return this.lastMark(session.id)?.mark.type === 'start' ? 'busy' : 'ready'
  }
}
