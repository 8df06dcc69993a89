import type { Clock, Timer } from '../../../core/index.ts'

/** How far the output of one terminal is safe, and what the host is to keep with that. */
export interface Acknowledgement {
  readonly channel: number
  readonly offset: number
  readonly checkpoint: unknown
}

/** An acknowledgement wakes the host, and nobody waits for it, so that a command costs one and not one for each thing it prints. */
const WAIT_MS = 10
/** The most that may go without one meanwhile: well below what makes a program wait. */
const MOST_BYTES = 16 * 1024

/** Acknowledgements that wait for a moment to go together; of several for one terminal the last says it all. */
export class Acknowledgements {
  readonly #clock: Clock
  readonly #send: (all: readonly Acknowledgement[]) => void
  readonly #waiting = new Map<number, Acknowledgement>()
  /** How far each terminal's output was acknowledged. */
  readonly #sent = new Map<number, number>()
  #timer: Timer | null = null

  constructor(clock: Clock, send: (all: readonly Acknowledgement[]) => void) {
    this.#clock = clock
    this.#send = send
  }

  add(ack: Acknowledgement): void {
    this.#waiting.set(ack.channel, ack)
    this.#timer ??= this.#clock.setTimeout(() => this.flush(), WAIT_MS)
    if (ack.offset - (this.#sent.get(ack.channel) ?? 0) >= MOST_BYTES) this.flush()
  }

  flush(): void {
    this.cancel()
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { channel, offset } of all) this.#sent.set(channel, offset)
    this.#send(all)
  }

  forget(channel: number): void {
    this.#waiting.delete(channel)
    this.#sent.delete(channel)
  }

  /** Nothing goes any more by itself. */
  cancel(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
