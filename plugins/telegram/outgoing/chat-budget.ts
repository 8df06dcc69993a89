import type { OutgoingBudgets, Priority } from './job.ts'
import { LiveShare } from './live-share.ts'
import { SlidingWindow } from './sliding-window.ts'

/** Telegram counts in whole seconds, by a clock of its own. */
const MINUTE_MS = 61_000
const SECOND_MS = 1000
/** A call arrives within this time, or the line is so slow that the second does not matter. */
const ARRIVES_WITHIN_MS = 1000
/** Calls that count against no chat and are under way at once: pressed buttons of a few people, files that they send. */
const MAX_FREE_UNDER_WAY = 30
/** What was learned of a smaller budget is forgotten one call at a time, so that Telegram is seldom asked too much again. */
const RELEARN_MS = 300_000

/** How a call ended. */
export interface CallEnd {
  readonly start: number
  readonly now: number
  /** It reached Telegram, or may have. */
  readonly isCounted: boolean
}

/** What one chat's calls may cost, and what Telegram said of it. Times are of the monotonic clock. */
export class ChatBudget {
  readonly #bornAt: number
  readonly #minute: SlidingWindow | null
  readonly #pace: SlidingWindow
  readonly #live: LiveShare
  readonly #perMinute: number
  #learned: { readonly capacity: number; readonly at: number } | null = null
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** One call is due when the pause ends, since Telegram said so, whatever the windows hold. */
  #isDue = false

  constructor(parts: { minute: SlidingWindow | null; pace: SlidingWindow; live: LiveShare; now: number }) {
    this.#bornAt = parts.now
    this.#minute = parts.minute
    this.#pace = parts.pace
    this.#live = parts.live
    this.#perMinute = parts.minute?.capacity ?? 0
  }

  /** Until when Telegram asked to wait. */
  get pausedUntil(): number {
    return this.#pausedUntil
  }

  /** Whether nothing is known of it that a new one would not know. */
  isFresh(now: number): boolean {
    return now >= this.#pausedUntil && (this.#minute?.held(now) ?? 0) === 0 && !this.#learned
  }

  /** When the next call of that priority may begin. */
  freeAt(priority: Priority, now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil
    if (this.#isDue) return now
    this.#relearn(now)
    const windows = Math.max(this.#pace.freeAt(now), this.#minute?.freeAt(now) ?? now)
    return priority === 'live' ? Math.max(windows, this.#live.freeAt(now)) : windows
  }

  begin(priority: Priority, now: number): void {
    this.#isDue = false
    this.#pace.begin(now)
    this.#minute?.begin(now)
    if (priority === 'live') this.#live.take(now)
  }

  /** Ends a call that began at `start`. */
  end(priority: Priority, { start, now, isCounted }: CallEnd): void {
    this.#pace.end(start, now, isCounted)
    this.#minute?.end(start, now, isCounted)
    if (priority === 'live' && !isCounted) this.#live.giveBack(now)
  }

  /** Telegram refused a call for `retryAfterMs`. */
  limit(now: number, retryAfterMs: number): void {
    const isKnown = now < this.#pausedUntil
    this.#pausedUntil = Math.max(this.#pausedUntil, now + retryAfterMs)
    this.#isDue = true
    if (!isKnown && this.#minute) this.#learn(this.#minute, now)
  }

  /**
   * Telegram's minute is full. Soon after the start that is of calls that were made before it. Later Telegram counts
   * otherwise or allows less, so what it took in the last minute is what there is.
   */
  #learn(minute: SlidingWindow, now: number): void {
    const taken = minute.held(now)
    if (now - this.#bornAt < MINUTE_MS) minute.fill(this.#bornAt, now)
    else if (taken >= this.#perMinute / 2)
      this.#learned = { capacity: Math.min(taken, this.#perMinute), at: now }
  }

  #relearn(now: number): void {
    if (!this.#minute || !this.#learned) return
    const { capacity, at } = this.#learned
    this.#minute.capacity = Math.min(this.#perMinute, capacity + Math.floor((now - at) / RELEARN_MS))
    if (this.#minute.capacity === this.#perMinute) this.#learned = null
  }
}

/** The budget of a chat. Only groups have one per minute. */
export function chatBudget(chat: number, budgets: OutgoingBudgets, now: number): ChatBudget {
  return new ChatBudget({
    minute: chat < 0 ? new SlidingWindow(budgets.perMinute, MINUTE_MS) : null,
    pace: new SlidingWindow(budgets.perSecond, SECOND_MS, ARRIVES_WITHIN_MS),
    live: new LiveShare(budgets.livePerMinute, now),
    now,
  })
}

/** The budget of what counts against no chat. */
export function freeBudget(budgets: OutgoingBudgets, now: number): ChatBudget {
  const live = new LiveShare(budgets.livePerMinute, now)
  return new ChatBudget({ minute: null, pace: new SlidingWindow(MAX_FREE_UNDER_WAY, 0), live, now })
}

/** The budget of the whole bot. */
export function botBudget(budgets: OutgoingBudgets): SlidingWindow {
  return new SlidingWindow(budgets.botPerSecond, SECOND_MS, ARRIVES_WITHIN_MS)
}
