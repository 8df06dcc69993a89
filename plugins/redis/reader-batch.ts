/** How many entries of each stream are asked for: as many as keep one answer small, however large the entries are. */
export interface BatchSize {
  readonly count: number
  noteRead(entries: readonly { readonly size: number }[]): void
}

/** Of what Redis keeps in one node of a stream. */
const MOST = 100
const MAX_BYTES = 4 * 1024 * 1024
/** How many may be handed out in one go before anything else gets its turn. */
const MAX_ENTRIES = 2000

export function createBatchSize(): BatchSize {
  let count = MOST
  return {
    get count() {
      return count
    },
    noteRead(entries) {
      const bytes = entries.reduce((sum, entry) => sum + entry.size, 1)
      const share = Math.min(2, MAX_BYTES / bytes, MAX_ENTRIES / entries.length)
      count = Math.max(1, Math.min(MOST, Math.floor(count * share)))
    },
  }
}
