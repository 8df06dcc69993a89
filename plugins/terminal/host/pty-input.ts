import { writeSync } from 'node:fs'
import type { Clock, Timer } from '../../../core/index.ts'

// A program that does not read is asked again soon at first, then rarely.
const FIRST_RETRY_MS = 2
const LAST_RETRY_MS = 50

/** What is typed into one terminal, kept in order while its program does not read. */
export class PtyInput {
  readonly #fd: number
  readonly #clock: Clock
  readonly #onTaken: (bytes: number) => void
  #queue: Buffer[] = []
  #retry: Timer | null = null
  #retryMs = FIRST_RETRY_MS
  #isOpen = true

  constructor(fd: number, clock: Clock, onTaken: (bytes: number) => void) {
    this.#fd = fd
    this.#clock = clock
    this.#onTaken = onTaken
  }

  write(bytes: Buffer): void {
    if (!this.#isOpen || !bytes.length) return
    this.#queue.push(bytes)
    if (!this.#retry) this.#drain()
  }

  close(): void {
    this.#isOpen = false
    this.#retry?.cancel()
    this.#queue = []
  }

  #drain(): void {
    this.#retry = null
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
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
    try {
      const taken = writeSync(this.#fd, bytes)
      this.#onTaken(taken)
      return taken
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
      // The terminal is going away: nobody will read this.
      this.close()
      return bytes.length
    }
  }

  #tryLater(taken: number): void {
    this.#retryMs = taken ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, LAST_RETRY_MS)
    this.#retry = this.#clock.setTimeout(() => this.#drain(), this.#retryMs)
  }
}
