import type { Epoch } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'
import type { ReadLimit } from '../journal/journal.ts'

/** How much a buffer holds before whoever fills it has to wait. */
export interface BufferLimits {
  readonly maxBytes: number
  readonly maxEntries: number
}

/** Entries between who brings them and who takes them, in order; whoever brings too many waits. */
export interface EntryBuffer {
  readonly size: number
  /** Adds entries; settles when there is room for more, or at {@link close}. */
  put(epoch: Epoch, entries: readonly Entry[]): Promise<void>
  /** The oldest, all of one epoch; at least one if there is one. @throws if there is none */
  next(limit: ReadLimit): { readonly epoch: Epoch; readonly entries: readonly Entry[] }
  /** Forgets those of the oldest epoch up to `seq`. */
  drop(seq: number): void
  /** Nobody waits any more. */
  close(): void
}

/** What an entry takes beside its payload. */
const ENTRY_BYTES = 128

interface Run {
  readonly epoch: Epoch
  readonly entries: Entry[]
}

export function createEntryBuffer(limits: BufferLimits): EntryBuffer {
  const runs: Run[] = []
  let size = 0
  let bytes = 0
  let room = Promise.withResolvers<void>()
  let isClosed = false

  const hasRoom = () => isClosed || (size < limits.maxEntries && bytes < limits.maxBytes)
  const runOf = (epoch: Epoch): Run => {
    const last = runs.at(-1)
    if (last?.epoch === epoch) return last
    const run = { epoch, entries: [] }
    runs.push(run)
    return run
  }
  return {
    get size() {
      return size
    },
    async put(epoch, entries) {
      if (isClosed || entries.length === 0) return
      runOf(epoch).entries.push(...entries)
      size += entries.length
      for (const entry of entries) bytes += weightOf(entry)
      while (!hasRoom()) await room.promise
    },
    next({ maxBytes = Number.POSITIVE_INFINITY, maxEntries = Number.POSITIVE_INFINITY }) {
      const [run] = runs
      if (!run) throw new RangeError('an empty buffer has no next entries')
      let left = maxBytes
      const tooMany = run.entries.findIndex((entry, index) => {
        left -= weightOf(entry)
        return index > 0 && (left < 0 || index >= maxEntries)
      })
      return { epoch: run.epoch, entries: run.entries.slice(0, tooMany < 0 ? undefined : tooMany) }
    },
    drop(seq) {
      const [run] = runs
      if (!run) return
      const kept = run.entries.findIndex(entry => entry.seq > seq)
      const dropped = run.entries.splice(0, kept < 0 ? run.entries.length : kept)
      size -= dropped.length
      for (const entry of dropped) bytes -= weightOf(entry)
      if (run.entries.length === 0) runs.shift()
      if (!hasRoom()) return
      room.resolve()
      room = Promise.withResolvers<void>()
    },
    close() {
      isClosed = true
      room.resolve()
    },
  }
}

function weightOf(entry: Entry): number {
  if (entry.kind === 'output') return ENTRY_BYTES + entry.data.length
  return ENTRY_BYTES + ('text' in entry ? (entry.text?.length ?? 0) : 0)
}
