/** A stretch of a terminal's output: bytes that are kept, or, where `bytes` is null, bytes that were let go. */
type Segment = Slab | Hole

interface Slab {
  readonly start: number
  end: number
  readonly bytes: Buffer
}

interface Hole {
  readonly start: number
  end: number
  readonly bytes: null
}

/** What is next to be sent. */
export type Piece =
  | { readonly offset: number; readonly bytes: Buffer }
  | { readonly offset: number; readonly droppedBytes: number }

// A prompt and its answer; an idle terminal holds no more, and one that has ended leaves no more to be collected.
const LEAST_SLAB_BYTES = 4 * 1024
// Large enough that bulk output goes in few frames.
const MOST_SLAB_BYTES = 32 * 1024

/** The output of one terminal from the last acknowledged byte on, by offset in its stream. */
export class OutputLog {
  #segments: Segment[] = []
  #acked = 0
  #sent = 0
  #end = 0

  /** The offset up to which everything is committed elsewhere. */
  get acked(): number {
    return this.#acked
  }
  /** The offset up to which everything was sent to the present reader. */
  get sent(): number {
    return this.#sent
  }
  get end(): number {
    return this.#end
  }
  /** How many bytes are kept in memory. */
  get keptBytes(): number {
    let kept = 0
    for (const { start, end, bytes } of this.#segments) if (bytes) kept += end - Math.max(start, this.#acked)
    return kept
  }

  /** Copies `bytes` in. */
  append(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      const slab = this.#slab(bytes.length - at)
      const taken = bytes.copy(slab.bytes, slab.end - slab.start, at)
      slab.end += taken
      this.#end += taken
      at += taken
    }
  }

  /** One with room: a new one is the larger, the more is on its way. */
  #slab(coming: number): Slab {
    const last = this.#segments.at(-1)
    if (last?.bytes && last.end - last.start < last.bytes.length) return last
    const wanted = Math.max(LEAST_SLAB_BYTES, this.#end - this.#acked + coming)
    const bytes = Buffer.allocUnsafeSlow(Math.min(MOST_SLAB_BYTES, wanted))
    const slab = { start: this.#end, end: this.#end, bytes }
    this.#segments.push(slab)
    return slab
  }

  /** The next unsent bytes, or unsent gap, without copying; null when all is sent. */
  next(): Piece | null {
    const segment = this.#segments.find(s => s.end > this.#sent)
    if (!segment) return null
    const offset = this.#sent
    this.#sent = segment.end
    if (!segment.bytes) return { offset, droppedBytes: segment.end - offset }
    return { offset, bytes: segment.bytes.subarray(offset - segment.start, segment.end - segment.start) }
  }

  /** Everything before `offset` is safe elsewhere and need not be kept. */
  ack(offset: number): void {
    if (!(offset > this.#acked && offset <= this.#sent)) return
    this.#acked = offset
    const firstKept = this.#segments.findIndex(s => s.end > offset)
    // The last slab stays: it may have room for what comes next.
    this.#segments.splice(0, firstKept === -1 ? Math.max(0, this.#segments.length - 1) : firstKept)
  }

  /** A new reader begins where the last acknowledgement ended. */
  rewind(): void {
    this.#sent = this.#acked
  }

  /** Lets the oldest unsent bytes go until at most `maxBytes` are kept. */
  shrinkTo(maxBytes: number): void {
    let excess = this.keptBytes - maxBytes
    for (let i = 0; excess > 0 && i < this.#segments.length - 1; i++) {
      const segment = this.#segments[i]
      if (!segment?.bytes || segment.start < this.#sent) continue
      excess -= segment.end - segment.start
      this.#segments[i] = { start: segment.start, end: segment.end, bytes: null }
    }
    this.#joinGaps()
  }

  #joinGaps(): void {
    const joined: Segment[] = []
    for (const segment of this.#segments) {
      const last = joined.at(-1)
      if (last && !last.bytes && !segment.bytes) last.end = segment.end
      else joined.push(segment)
    }
    this.#segments = joined
  }
}
