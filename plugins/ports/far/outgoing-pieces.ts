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
  readonly #unread: Buffer[] = []
  #unreadBytes = 0
  #keptBytes = 0
  #next = 1
  #last = Number.POSITIVE_INFINITY
  #hasEnded = false
  #isClosed = false

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

  /** Nothing comes behind what was read. */
  end(): void {
    this.#hasEnded = true
    this.#serve()
  }

  /** Nothing more is known to come, nor that this was all. */
  close(): void {
    this.#isClosed = true
    for (const give of [...this.#asked.values()]) give()
  }

  /** Settles with the piece of that number, or after a while with one that says that there is none yet. */
  ask(seq: number, through: number): Promise<Piece> {
    this.#forget(through)
    const known = this.#known(seq)
    if (known) return Promise.resolve(known)
    return new Promise(resolve => {
      const settle = (piece: Piece) => {
        timer.cancel()
        if (this.#asked.get(seq) === give) this.#asked.delete(seq)
        resolve(piece)
      }
      const give = () => settle(this.#known(seq) ?? NOTHING)
      const timer = this.#clock.setTimeout(() => settle(NOTHING), PATIENCE_MS)
      // Whoever asks again for the same piece has given up on the first answer.
      this.#asked.get(seq)?.()
      this.#asked.set(seq, give)
      this.#serve()
      if (this.#isClosed) give()
    })
  }

  #forget(through: number): void {
    for (const [number, piece] of this.#kept) {
      if (number > through) continue
      this.#kept.delete(number)
      this.#keptBytes -= piece.data.length
    }
  }

  #known(seq: number): Piece | undefined {
    return this.#kept.get(seq) ?? (seq > this.#last ? END : undefined)
  }

  #serve(): void {
    while (this.#next <= this.#last && (this.#unreadBytes > 0 || this.#hasEnded)) {
      const give = this.#asked.get(this.#next)
      if (!give) return
      const data = this.#take()
      const end = this.#hasEnded && this.#unreadBytes === 0
      this.#kept.set(this.#next, { data, end, isLate: false })
      this.#keptBytes += data.length
      if (end) this.#last = this.#next
      this.#next++
      give()
    }
    for (const [seq, give] of [...this.#asked]) if (seq > this.#last) give()
  }

  #take(): Buffer {
    const chunks: Buffer[] = []
    let room = PIECE_BYTES
    while (room > 0) {
      const chunk = this.#unread.shift()
      if (!chunk) break
      if (chunk.length > room) this.#unread.unshift(chunk.subarray(room))
      chunks.push(chunk.subarray(0, room))
      room -= Math.min(room, chunk.length)
    }
    this.#unreadBytes -= PIECE_BYTES - room
    return Buffer.concat(chunks)
  }
}

const NOTHING: Piece = { data: Buffer.alloc(0), end: false, isLate: true }
/** For those who ask for what would come behind the last piece. */
const END: Piece = { data: Buffer.alloc(0), end: true, isLate: false }
