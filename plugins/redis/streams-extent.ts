/** Which of the entries that were written to a stream still fit into it. */
export interface StreamExtent {
  wrote(seq: number, bytes: number): void
  /** The first entry to keep. */
  readonly firstKept: number
}

/** Entries are counted in pieces of such a part of what fits, so that counting them costs next to nothing. */
const PIECES = 64

export function createStreamExtent(maxEntries: number, maxBytes: number): StreamExtent {
  const pieces: { firstSeq: number; bytes: number }[] = []
  let total = 0
  let last = 0
  return {
    wrote(seq, bytes) {
      const open = pieces.at(-1)
      if (open && open.bytes < maxBytes / PIECES) open.bytes += bytes
      else pieces.push({ firstSeq: seq, bytes })
      total += bytes
      last = seq
      while (pieces.length > 1 && total > maxBytes) total -= pieces.shift()?.bytes ?? 0
    },
    get firstKept() {
      return Math.max(pieces[0]?.firstSeq ?? 0, last - maxEntries + 1)
    },
  }
}
