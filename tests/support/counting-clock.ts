import { type Clock, systemClock, timer } from '../../core/clock.ts'

/** The real time, and the timers of it that have neither fired nor been cancelled: where each was set. */
export class CountingClock implements Clock {
  readonly now = systemClock.now
  readonly monotonic = systemClock.monotonic
  readonly #pending = new Map<symbol, string>()

  setTimeout: Clock['setTimeout'] = (fn, ms, options) => {
    const key = Symbol('timer')
    this.#pending.set(key, new Error(`${ms} ms`).stack ?? '')
    const running = systemClock.setTimeout(
      () => {
        this.#pending.delete(key)
        fn()
      },
      ms,
      options,
    )
    return timer(() => {
      this.#pending.delete(key)
      running.cancel()
    })
  }

  get pending(): readonly string[] {
    return [...this.#pending.values()]
  }
}
