import type { Socket } from 'node:net'
import type { Clock, Timer } from '../../core/clock.ts'

/** More than any test has on its way at once; beyond it the sender has to wait, as on a real line. */
const MAX_BYTES = 64 * 1024 * 1024

/** How a line behaves at present. */
export interface LineState {
  readonly clock: Clock
  delayMs: number
  isFrozen: boolean
}

/** What one side sends, given to the other in its order and after the delay that was set when it came in. */
export class DelayLine {
  readonly #from: Socket
  readonly #to: Socket
  readonly #state: LineState
  readonly #give: (chunk: Buffer | null) => void
  #held: { readonly chunk: Buffer | null; readonly dueAt: number }[] = []
  #heldBytes = 0
  #timer: Timer | null = null
  #isStopped = false

  /** @param give gets the pieces, and null after the last one */
  constructor(from: Socket, to: Socket, state: LineState, give: (chunk: Buffer | null) => void) {
    this.#from = from
    this.#to = to
    this.#state = state
    this.#give = give
    from.on('data', chunk => this.#take(chunk))
    from.on('end', () => this.#take(null))
    to.on('drain', () => this.update())
    this.update()
  }

  /** Takes note of a changed state. */
  update(): void {
    if (this.#isStopped) return
    this.#giveDue()
    const isFull = this.#heldBytes > MAX_BYTES || this.#to.writableNeedDrain
    if (this.#state.isFrozen || isFull) this.#from.pause()
    else this.#from.resume()
  }

  /** Gives nothing any more, and throws away what comes. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#held = []
    this.#from.resume()
  }

  #take(chunk: Buffer | null): void {
    if (this.#isStopped) return
    this.#held.push({ chunk, dueAt: this.#state.clock.monotonic() + this.#state.delayMs })
    this.#heldBytes += chunk?.length ?? 0
    this.update()
  }

  #giveDue(): void {
    this.#timer?.cancel()
    this.#timer = null
    for (;;) {
      const [head] = this.#held
      if (!head || this.#state.isFrozen || this.#isStopped) return
      const waitMs = head.dueAt - this.#state.clock.monotonic()
      if (waitMs > 0) {
        this.#timer = this.#state.clock.setTimeout(() => this.update(), waitMs)
        return
      }
      this.#held.shift()
      this.#heldBytes -= head.chunk?.length ?? 0
      this.#give(head.chunk)
    }
  }
}
