import { freeBytes } from '../free-bytes.ts'

const NEWLINE = 0x0a
/** Where a partial line starts to be kept; most messages are smaller. */
const FIRST_ROOM_BYTES = 16 * 1024

/** What {@link LineSplitter.next} gives for a line that is longer than allowed. */
export const TOO_LONG = Symbol('too long')

/**
 * Cuts a byte stream into lines. A line that lies within one chunk is not copied; a longer one is gathered in a buffer
 * that doubles, so that many small chunks cost linear time and at most twice the limit of memory.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #chunk: Buffer | null = null
  #at = 0
  #partial: Buffer | null = null
  #partialBytes = 0

  /** @param maxBytes the longest line that is accepted, without its newline */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether the beginning of a line is here that has not ended yet. Only meaningful once `next` gave null. */
  get isMidLine(): boolean {
    return this.#partialBytes > 0
  }

  /** Gives it the next chunk. The lines of the one before must have been taken. */
  push(chunk: Buffer): void {
    const rest = this.#chunk?.subarray(this.#at)
    this.#chunk = rest?.length ? Buffer.concat([rest, chunk]) : chunk
    this.#at = 0
  }

  /**
   * The next whole line without its newline, null if none is complete, or {@link TOO_LONG}: then nothing more can be read.
   * @param maxBytes where this one is to be shorter than others may be
   */
  next(maxBytes = this.#maxBytes): Buffer | null | typeof TOO_LONG {
    if (!this.#chunk) return null
    const end = this.#chunk.indexOf(NEWLINE, this.#at)
    const piece = this.#chunk.subarray(this.#at, end < 0 ? undefined : end)
    if (this.#partialBytes + piece.length > maxBytes) return TOO_LONG
    if (end < 0) {
      this.#gather(piece)
      this.#chunk = null
      return null
    }
    this.#at = end + 1
    return this.#partialBytes > 0 ? this.#complete(piece) : piece
  }

  /**
   * The next so many bytes, whatever they are; null if they have not all come. Then it is to be asked again, for the
   * same. The chunk is given back to the system once it was taken, so lines of it must have been read.
   */
  take(bytes: number): Buffer | null {
    const piece = this.#chunk?.subarray(this.#at, this.#at + bytes - this.#partialBytes) ?? Buffer.alloc(0)
    if (this.#partialBytes === 0) this.#partial = Buffer.allocUnsafe(bytes)
    this.#gather(piece)
    this.#at += piece.length
    if (this.#chunk && this.#at === this.#chunk.length) {
      freeBytes(this.#chunk)
      this.#chunk = null
    }
    return this.#partialBytes < bytes ? null : this.#taken()
  }

  #complete(piece: Buffer): Buffer {
    this.#gather(piece)
    return this.#taken()
  }

  #taken(): Buffer {
    const taken = (this.#partial as Buffer).subarray(0, this.#partialBytes) // gathered just now, so there is one
    this.#partial = null
    this.#partialBytes = 0
    return taken
  }

  #gather(piece: Buffer): void {
    const needed = this.#partialBytes + piece.length
    if (!this.#partial || this.#partial.length < needed) this.#grow(needed)
    this.#partial?.set(piece, this.#partialBytes)
    this.#partialBytes = needed
  }

  #grow(needed: number): void {
    let room = this.#partial ? this.#partial.length * 2 : FIRST_ROOM_BYTES
    while (room < needed) room *= 2
    const larger = Buffer.allocUnsafe(Math.min(room, this.#maxBytes))
    this.#partial?.copy(larger, 0, 0, this.#partialBytes)
    this.#partial = larger
  }
}
