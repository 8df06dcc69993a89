import type { Update } from '@grammyjs/types'
import type { Clock, Timer } from '../../../core/clock.ts'
import { ApiError } from './api-error.ts'

type UpdateKind = Exclude<keyof Update, 'update_id'>

/** What getUpdates takes. */
export interface Poll {
  readonly offset?: number
  readonly limit?: number
  readonly timeout?: number
  readonly allowed_updates?: readonly UpdateKind[]
}

interface Queued {
  readonly update: Update
  readonly at: number
}

interface WaitingPoll {
  readonly poll: Poll
  readonly resolve: (updates: readonly Update[]) => void
  readonly reject: (error: ApiError) => void
  readonly timer: Timer
}

/** Updates that nobody fetched are kept for this long. */
const KEPT_MS = 86_400_000
/** Of two conflicts within this time, the second is answered that much later, as the Bot API server does. */
const CONFLICT_PAUSE_MS = 3_000
const NOT_BY_DEFAULT: ReadonlySet<string> = new Set([
  'chat_member',
  'message_reaction',
  'message_reaction_count',
])

/** What one bot has not confirmed yet, and its one long poll. */
export class UpdateQueue {
  readonly #clock: Clock
  readonly #check: (update: Update) => void
  #nextId: number
  #queue: Queued[] = []
  #confirmed: Queued[] = []
  #allowed: readonly UpdateKind[] = []
  #waiting: WaitingPoll | null = null
  #nextConflictAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, firstId: number, check: (update: Update) => void) {
    this.#clock = clock
    this.#nextId = firstId
    this.#check = check
  }

  /** How many have not been confirmed. */
  get pending(): number {
    return this.#queue.length
  }

  /** True while a long poll waits. */
  get isPolled(): boolean {
    return this.#waiting !== null
  }

  get allowed(): readonly UpdateKind[] {
    return this.#allowed
  }

  set allowed(kinds: readonly UpdateKind[]) {
    this.#allowed = kinds
  }

  push<K extends UpdateKind>(kind: K, content: NonNullable<Update[K]>): void {
    const isWanted = this.#allowed.length > 0 ? this.#allowed.includes(kind) : !NOT_BY_DEFAULT.has(kind)
    if (!isWanted) return
    const update: Update = { update_id: this.#nextId++, [kind]: content }
    this.#check(update)
    this.#queue.push({ update, at: this.#clock.now() })
    this.#answerWaiting()
  }

  /** @param signal aborts when the request is gone */
  poll(poll: Poll, signal: AbortSignal): Promise<readonly Update[]> {
    if (poll.allowed_updates) this.#allowed = poll.allowed_updates
    this.#confirm(poll.offset ?? 0)
    const ready = this.#take(poll)
    if (ready.length > 0 || !poll.timeout) return Promise.resolve(ready)
    // only one that waits ends another
    this.#terminateWaiting(
      'terminated by other getUpdates request; make sure that only one bot instance is running',
    )
    return this.#wait(poll, poll.timeout, signal)
  }

  /** Ends a poll that waits, as setWebhook does. */
  terminate(): void {
    this.#terminateWaiting('terminated by setWebhook request')
  }

  drop(): void {
    this.#queue = []
  }

  /** Gives the newest confirmed updates again, with their old ids. */
  repeat(count: number): readonly Update[] {
    return this.#confirmed.slice(-count).map(({ update }) => update)
  }

  #confirm(offset: number): void {
    if (offset < 0) {
      this.#queue = this.#queue.slice(offset)
      return
    }
    const confirmed = this.#queue.filter(({ update }) => update.update_id < offset)
    this.#queue = this.#queue.filter(({ update }) => update.update_id >= offset)
    this.#confirmed = [...this.#confirmed, ...confirmed].slice(-10)
  }

  #take({ limit = 100 }: Poll): readonly Update[] {
    const oldest = this.#clock.now() - KEPT_MS
    this.#queue = this.#queue.filter(({ at }) => at > oldest)
    return this.#queue.slice(0, Math.max(1, Math.min(100, limit))).map(({ update }) => update)
  }

  #wait(poll: Poll, timeoutSeconds: number, signal: AbortSignal): Promise<readonly Update[]> {
    return new Promise((resolve, reject) => {
      // the longest that Telegram lets a poll wait
      const ms = Math.min(50, timeoutSeconds) * 1000
      const timer = this.#clock.setTimeout(() => this.#end(waiting)?.resolve([]), ms, { ref: false })
      const waiting: WaitingPoll = { poll, resolve, reject, timer }
      this.#waiting = waiting
      signal.addEventListener('abort', () => this.#end(waiting)?.resolve([]), { once: true })
    })
  }

  #end(waiting: WaitingPoll | null): WaitingPoll | null {
    if (!waiting || this.#waiting !== waiting) return null
    waiting.timer.cancel()
    this.#waiting = null
    return waiting
  }

  #answerWaiting(): void {
    const waiting = this.#end(this.#waiting)
    waiting?.resolve(this.#take(waiting.poll))
  }

  #terminateWaiting(why: string): void {
    const waiting = this.#end(this.#waiting)
    if (!waiting) return
    const conflict = () => waiting.reject(new ApiError(409, `Conflict: ${why}`))
    const now = this.#clock.monotonic()
    if (now < this.#nextConflictAt) {
      this.#clock.setTimeout(conflict, CONFLICT_PAUSE_MS, { ref: false })
      return
    }
    this.#nextConflictAt = now + CONFLICT_PAUSE_MS
    conflict()
  }
}
