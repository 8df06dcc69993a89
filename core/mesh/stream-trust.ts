import type { Clock } from '../clock.ts'
import { pauseMs } from './patience.ts'
import type { Subscription } from './watch-ask.ts'

/** How long nothing must be wrong with a stream to forget what was, in milliseconds. */
const CALM_MS = 30_000
/** How long at most a stream in which somebody else writes is left alone, in milliseconds. */
const LONGEST_DISTRUST_MS = 5000

/** Whether a session's stream is worth being read, after what was found in it. */
export class StreamTrust {
  readonly #clock: Clock
  #troubles = 0
  #lastTroubleAt = Number.NEGATIVE_INFINITY
  #notBefore = Number.NEGATIVE_INFINITY
  #needsFresh = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What to ask the owner for; nothing while the stream is left alone. */
  get subscription(): Subscription {
    if (this.#clock.monotonic() < this.#notBefore) return {}
    return { subscribe: true, ...(this.#needsFresh && { fresh: true }) }
  }

  /**
   * Something stands in the stream that was not sealed under its key. An entry under another key is the owner's doing
   * once: it began the stream anew. More often, or if it is no entry at all, it is somebody else's.
   */
  troubled(isForged: boolean): void {
    const now = this.#clock.monotonic()
    if (now - this.#lastTroubleAt > CALM_MS) this.#troubles = 0
    this.#lastTroubleAt = now
    this.#troubles++
    this.#needsFresh = isForged || this.#troubles > 1
    if (this.#troubles > 1) this.#notBefore = now + pauseMs(this.#troubles, LONGEST_DISTRUST_MS)
  }

  /** The owner has given a key. */
  renewed(): void {
    this.#needsFresh = false
  }
}
