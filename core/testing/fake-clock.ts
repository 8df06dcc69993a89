import { type Clock, type Timer, timer } from '../clock.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly fn: () => void
}

/**
 * A clock that stands still until a test moves it.
 *
 * @example
 * const clock = new FakeClock()
 * const asleep = sleep(clock, 1000)
 * await clock.advance(1000)
 * await asleep
 */
export class FakeClock implements Clock {
  #now: number
  #wallOffset = 0
  #order = 0
  readonly #pending = new Set<Pending>()

  /** @param start wall-clock time to begin at, in milliseconds since the Unix epoch */
  constructor(start = Date.UTC(2030, 0, 1)) {
    this.#now = start
  }

  now(): number {
    return this.#now + this.#wallOffset
  }

  monotonic(): number {
    return this.#now
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const pending: Pending = { at: this.#now + Math.max(0, ms), order: this.#order++, fn }
    this.#pending.add(pending)
    return timer(() => this.#pending.delete(pending))
  }

  /** Sets wall-clock time back by `ms`, as a time server may; nothing else notices. */
  setBack(ms: number): void {
    this.#wallOffset -= ms
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#pending.size
  }

  /** Milliseconds until the next timer, or null if none waits. */
  get nextInMs(): number | null {
    const next = this.#next(Number.POSITIVE_INFINITY)
    return next ? next.at - this.#now : null
  }

  /** Moves time on by `ms`, firing what falls due in its order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#pending.delete(due)
      this.#now = due.at
      due.fn()
      await settle()
    }
    this.#now = end
    await settle()
  }

  #next(end: number): Pending | undefined {
    return [...this.#pending].filter(p => p.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
  }
}

/** Lets everything that is ready to run, run: promise reactions and the I/O callbacks between them. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}
