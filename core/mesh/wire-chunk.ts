import type { WireEntry } from '../journal/entry.ts'

/** How much output an entry holds, in bytes. */
export function outputBytes(entry: WireEntry): number {
  return entry.kind === 'output' ? Buffer.byteLength(entry.data, entry.encoding ?? 'utf8') : 0
}

/** How much text an entry holds that is not output. */
export function textLength(entry: WireEntry): number {
  return entry.kind === 'notice' || entry.kind === 'input' ? (entry.text?.length ?? 0) : 0
}

/** As the journal has it, so that many small entries are no larger item than few large ones. */
const MOST_ENTRIES = 5000

/**
 * How many of the entries from index `from` on are read at once: as many as hold `maxBytes` and do not go beyond
 * `untilSeq`, and at least one, however large. As the journal does it.
 */
export function chunkLength(
  entries: readonly WireEntry[],
  from: number,
  limit: { readonly maxBytes: number; readonly untilSeq: number },
): number {
  let room = limit.maxBytes
  for (let index = from; index < entries.length; index++) {
    const entry = entries[index]
    if (!entry || entry.seq > limit.untilSeq || index - from >= MOST_ENTRIES) return index - from
    room -= outputBytes(entry) + textLength(entry)
    if (index > from && room < 0) return index - from
  }
  return entries.length - from
}
