import type { Clock } from '../../../core/clock.ts'
import { tooManyRequests } from './api-error.ts'
import type { Allowance, RateLimits } from './settings.ts'

/** Says 429 to a bot that does too much, and goes on saying so until the time that it gave has passed. */
export class RateLimiter {
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()
  limits: RateLimits

  constructor(clock: Clock, limits: RateLimits) {
    this.#clock = clock
    this.limits = limits
  }

  /**
   * Counts one call of a bot in a chat.
   *
   * @throws ApiError 429, and then the call does not count
   */
  take(botId: number, chatId: number, isGroup: boolean): void {
    const scopes: (readonly [string, Allowance])[] = [
      [`${botId}`, this.limits.bot],
      [`${botId} ${chatId}`, this.limits.chat],
    ]
    if (isGroup) scopes.push([`${botId} ${chatId} group`, this.limits.group])
    const now = this.#clock.monotonic()
    const windows = scopes.map(([key, allowance]) => this.#window(key, allowance, now))
    const waitMs = Math.max(...windows.map(window => window.waitMs(now)))
    if (waitMs > 0) {
      for (const window of windows) if (window.waitMs(now) > 0) window.block(now)
      throw tooManyRequests(Math.ceil(waitMs / 1000))
    }
    for (const window of windows) window.add(now)
  }

  #window(key: string, allowance: Allowance, now: number): Window {
    const window = this.#windows.get(key) ?? new Window()
    this.#windows.set(key, window)
    window.slide(allowance, now)
    return window
  }
}

class Window {
  #times: number[] = []
  #allowance: Allowance = { count: 0, perMs: 0 }
  #blockedUntil = Number.NEGATIVE_INFINITY

  slide(allowance: Allowance, now: number): void {
    this.#allowance = allowance
    this.#times = this.#times.filter(at => at > now - allowance.perMs)
  }

  waitMs(now: number): number {
    return Math.max(this.#blockedUntil - now, this.#freeIn(now))
  }

  /** Whoever was refused and asks again too early is refused again. */
  block(now: number): void {
    this.#blockedUntil = now + Math.ceil(this.waitMs(now) / 1000) * 1000
  }

  add(now: number): void {
    if (this.#allowance.count !== Number.POSITIVE_INFINITY) this.#times.push(now)
  }

  #freeIn(now: number): number {
    const { count, perMs } = this.#allowance
    const oldest = this.#times.at(-count)
    return this.#times.length < count || oldest === undefined ? 0 : oldest + perMs - now
  }
}
