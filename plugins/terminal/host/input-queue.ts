import type { Clock, Timer } from '../../../core/index.ts'
import type { CarrierInput } from './carrier.ts'

// A program that does not read is asked again soon at first, then rarely.
const FIRST_RETRY_MS = 2
const LAST_RETRY_MS = 50

/** What follows is typed once the program has printed something, or after so many milliseconds. */
interface EchoWait {
  readonly echoWithinMs: number
  readonly onOver: () => void
}

/** Gives bytes to a terminal; returns how many it took, or null if it is going away. */
export type Offer = (bytes: Buffer) => number | null

/** What is typed into one terminal, kept in order while it takes nothing. */
export class InputQueue implements CarrierInput {
  readonly #give: Offer
  readonly #clock: Clock
  #queue: (Buffer | EchoWait)[] = []
  #retry: Timer | null = null
  /** Runs while what is first in the queue waits for an echo. */
  #echo: Timer | null = null
  #retryMs = FIRST_RETRY_MS
  #isOpen = true

  constructor(give: Offer, clock: Clock) {
    this.#give = give
    this.#clock = clock
  }

  write(bytes: Buffer): void {
    if (bytes.length) this.#add(bytes)
  }

  awaitEcho(echoWithinMs: number, onOver: () => void): void {
    this.#add({ echoWithinMs, onOver })
  }

  echoed(): void {
    const [waiting] = this.#queue
    if (this.#echo && waiting && 'onOver' in waiting) this.#endEchoWait(waiting)
  }

  close(): void {
    this.#isOpen = false
    this.#retry?.cancel()
    this.#echo?.cancel()
    this.#queue = []
  }

  #add(next: Buffer | EchoWait): void {
    if (!this.#isOpen) return
    this.#queue.push(next)
    if (!this.#retry && !this.#echo) this.#drain()
  }

  #endEchoWait({ onOver }: EchoWait): void {
    this.#echo?.cancel()
    this.#echo = null
    this.#queue.shift()
    onOver()
    this.#drain()
  }

  #drain(): void {
    this.#retry = null
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      if (!Buffer.isBuffer(next)) {
        this.#echo = this.#clock.setTimeout(() => this.#endEchoWait(next), next.echoWithinMs)
        return
      }
      const taken = this.#offer(next)
      if (taken < next.length) {
        this.#queue[0] = next.subarray(taken)
        this.#tryLater(taken)
        return
      }
      this.#queue.shift()
    }
  }

  #offer(bytes: Buffer): number {
    const taken = this.#give(bytes)
    if (taken !== null) return taken
    // Nobody will read this.
    this.close()
    return bytes.length
  }

  #tryLater(taken: number): void {
    this.#retryMs = taken ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, LAST_RETRY_MS)
    this.#retry = this.#clock.setTimeout(() => this.#drain(), this.#retryMs)
  }
}
