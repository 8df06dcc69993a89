/** How many entries of each stream are asked for: as many as keep one answer small, however large the entries are. */
export interface BatchSize {
  readonly count: number
  /** Of each stream that had any, its entries. */
  noteRead(streams: readonly (readonly { readonly size: number }[])[]): void
}

/** Of what Redis keeps in one node of a stream. */
const MOST = 100
/** As many as a command brings, so that a far reader has them in one round trip. */
const USUAL = 16
const MAX_BYTES = 4 * 1024 * 1024
/** How many may be handed out in one go before anything else gets its turn. */
const MAX_ENTRIES = 2000

/**
 * Nobody knows how large entries are before they were read, so it begins with one, then asks for the usual number, or
 * twice as many as there were at the most. What is not needed is given back by halves: a pause in a burst costs no new
 * beginning.
 */
export function createBatchSize(): BatchSize {
  let count = 1
  return {
    get count() {
      return count
    },
    noteRead(streams) {
      const entries = streams.flat()
      const bytes = entries.reduce((sum, entry) => sum + entry.size, 1)
      const most = Math.max(...streams.map(({ length }) => length))
      const fitting = most * Math.min(MAX_BYTES / bytes, MAX_ENTRIES / entries.length)
      const wanted = Math.max(2 * most, count / 2, USUAL)
      count = Math.max(1, Math.min(MOST, Math.floor(Math.min(wanted, fitting))))
    },
  }
}
