import type { Clock } from '../../../core/index.ts'
import { PIECE_BYTES, type Piece } from '../piece.ts'

/** A little below what answers may take, so that asking is never mistaken for a lost request. */
const PATIENCE_MS = 15_000
/** Output that nobody has asked for above which its program waits. */
const HIGH_WATER_BYTES = 8 * PIECE_BYTES

/**
 * What a connection has read, cut into numbered pieces. The near side asks for each by its number, again if an answer
 * was lost, and says up to which it has them all; until then they are kept.
 */
export class OutgoingPieces {
  readonly #clock: Clock
  readonly #kept = new Map<number, Piece>()
  readonly #asked = new Map<number, () => void>()
  #unread: Buffer[] = []
  #unreadBytes = 0
  #keptBytes = 0
  #next = 1
  #hasEnded = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether no more should be read now. */
  get isFull(): boolean {
    return this.#unreadBytes + this.#keptBytes >= HIGH_WATER_BYTES
  }

  push(data: Buffer): void {
    this.#unread.push(data)
    this.#unreadBytes += data.length
    this.#serve()
  }

  end(): void {
    this.#hasEnded = true
    this.#serve()
  }

  /** Settles with the piece of that number, or after a while with one that says that there is none yet. */
  ask(seq: number, through: number): Promise<Piece> {
    for (const [number, piece] of this.#kept) {
      if (number > through) continue
      this.#kept.delete(number)
      this.#keptBytes -= piece.data.length
    }
    const kept = this.#kept.get(seq)
    if (kept) return Promise.resolve(kept)
    return new Promise(resolve => {
      const settle = (piece: Piece) => {
        timer.cancel()
        if (this.#asked.get(seq) === give) this.#asked.delete(seq)
        resolve(piece)
      }
      const give = () => settle(this.#kept.get(seq) ?? NOTHING)
      const timer = this.#clock.setTimeout(() => settle(NOTHING), PATIENCE_MS)
      // Whoever asks again for the same piece has given up on the first answer.
      this.#asked.get(seq)?.()
      this.#asked.set(seq, give)
      this.#serve()
    })
  }

  /** Answers everybody who still asks. */
  close(): void {
    this.#hasEnded = true
    this.#serve()
    for (const give of [...this.#asked.values()]) give()
  }

  #serve(): void {
    while (this.#asked.has(this.#next) && (this.#unreadBytes > 0 || this.#hasEnded)) {
      const seq = this.#next++
      const data = this.#take()
      this.#kept.set(seq, { data, end: this.#hasEnded && this.#unreadBytes === 0, isLate: false })
      this.#keptBytes += data.length
      this.#asked.get(seq)?.()
    }
  }

  #take(): Buffer {
    const all = Buffer.concat(this.#unread)
    const data = all.subarray(0, PIECE_BYTES)
    const rest = all.subarray(PIECE_BYTES)
    this.#unread = rest.length > 0 ? [rest] : []
    this.#unreadBytes = rest.length
    return data
  }
}

const NOTHING: Piece = { data: Buffer.alloc(0), end: false, isLate: true }
