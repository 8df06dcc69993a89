import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { messageOf, TeleclaudeError } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { SessionStore } from '../store/session-store.ts'
import { Lane } from './lane.ts'
import type { Session, SessionChange } from './session.ts'

export type ChangeListener = (session: Session, change: SessionChange | 'created' | 'removed') => void

/** A session, and what only this daemon needs to know of it. */
export interface SessionRecord {
  session: Session
  readonly lane: Lane
  /** Changed since it was last saved. */
  isDirty: boolean
  /** Why somebody asked for its end. */
  endReason: string | null
  /** When the effect of the last key presses should be there, and the newest entry before them. */
  pressed: { readonly settledAt: number; readonly seq: number } | null
}

/** The records of all sessions, in memory and in the database. */
export class SessionTable {
  readonly #records = new Map<string, SessionRecord>()
  readonly #listeners = new Set<ChangeListener>()
  readonly #store: SessionStore
  readonly #clock: Clock
  readonly #log: Logger

  constructor({ store, clock, log }: { store: SessionStore; clock: Clock; log: Logger }) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    for (const session of store.load()) this.#put(session)
  }

  get(id: string): SessionRecord {
    const record = this.#records.get(id)
    if (record) return record
    throw new TeleclaudeError(
      'TC_ERR_SESSION_NOT_FOUND',
      `no session '${id.slice(0, 64)}' here. List them to see which there are.`,
    )
  }

  find(id: string): SessionRecord | undefined {
    return this.#records.get(id)
  }

  /** Oldest first. */
  all(): readonly SessionRecord[] {
    return [...this.#records.values()]
  }

  /** Saves a new session at once: what cannot be saved is not started. */
  create(session: Session): SessionRecord {
    this.#store.save(session)
    const record = this.#put(session)
    this.#tell(session, 'created')
    return record
  }

  /** Changes a session and saves it; told to listeners if `change` has anything that concerns them. */
  update(id: SessionId, fields: Partial<Session>, change?: SessionChange): Session {
    const record = this.get(id)
    // Never back, even where the clock is set: by this time other computers know which record is the newer one.
    const updatedAt = Math.max(this.#clock.now(), record.session.updatedAt)
    record.session = { ...record.session, ...fields, updatedAt }
    record.isDirty = true
    this.save(record)
    if (change) this.#tell(record.session, change)
    return record.session
  }

  /** Changes what need not survive a crash: it is saved with the next change that must. */
  touch(record: SessionRecord, fields: Partial<Session>, change?: SessionChange): void {
    record.session = { ...record.session, ...fields }
    record.isDirty = true
    if (change) this.#tell(record.session, change)
  }

  /** A failure (a full disk) is logged and tried again with the next change, or the next sweep. */
  save(record: SessionRecord): void {
    if (!record.isDirty) return
    try {
      this.#store.save(record.session)
      record.isDirty = false
    } catch (error) {
      this.#log.warn(
        { session: record.session.id, problem: messageOf(error) },
        'the session could not be saved; it will be tried again',
      )
    }
  }

  remove(id: SessionId): void {
    const record = this.#records.get(id)
    if (!record) return
    this.#store.remove(id)
    this.#records.delete(id)
    this.#tell(record.session, 'removed')
  }

  onChange(listener: ChangeListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  #put(session: Session): SessionRecord {
    const record: SessionRecord = {
      session,
      lane: new Lane(),
      isDirty: false,
      endReason: null,
      pressed: null,
    }
    this.#records.set(session.id, record)
    return record
  }

  #tell(session: Session, change: SessionChange | 'created' | 'removed'): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(session, change)
      } catch (error) {
        this.#log.error({ session: session.id, err: error }, 'a listener to session changes failed')
      }
    }
  }
}
