import type { Entry, EntryDraft } from './entry.ts'
import type { SourcePosition } from './journal.ts'
import { type Place, weigh } from './session-log.ts'

/** An entry as its row holds it: output as bytes, everything else as JSON. */
export interface EntryRow {
  readonly seq: number
  readonly at: number
  readonly kind: EntryDraft['kind']
  readonly data: Uint8Array | null
  readonly content: string | null
}

/** An entry that has its place and waits for its commit. */
export interface PlacedEntry {
  readonly entry: Entry
  readonly row: EntryRow
  /** Just after the entry. */
  readonly place: Place
  readonly source: SourcePosition | null
}

/** Gives `draft` the place after `before`. */
export function placeEntry(
  draft: EntryDraft & { readonly source?: SourcePosition },
  before: Place,
  at: number,
): PlacedEntry {
  const { source, ...content } = draft
  const seq = before.seq + 1
  if (content.kind === 'output') {
    const data = ownBytes(content.data)
    const row = { seq, at, kind: content.kind, data, content: layerJson(content.layer) }
    return {
      entry: { ...content, data, seq, at },
      row,
      place: {
        seq,
        outputBytes: before.outputBytes + data.byteLength,
        weight: before.weight + weigh(data.byteLength),
      },
      source: source ?? null,
    }
  }
  const { kind, ...rest } = content
  const json = JSON.stringify(rest)
  return {
    entry: { ...content, seq, at },
    row: { seq, at, kind, data: null, content: json },
    place: { seq, outputBytes: before.outputBytes, weight: before.weight + weigh(json.length) },
    source: source ?? null,
  }
}

export function entryFromRow(row: EntryRow): Entry {
  const { seq, at, kind } = row
  const content = row.content === null ? {} : JSON.parse(row.content)
  // Only `placeEntry` writes these columns, so together they are an entry again.
  return (
    kind === 'output' ? { kind, data: row.data, ...content, seq, at } : { kind, ...content, seq, at }
  ) as Entry
}

function layerJson(layer: string | undefined): string | null {
  return layer === undefined ? null : JSON.stringify({ layer })
}

/** Output comes in chunks that become several entries, each a view of its chunk: the next entries keep the chunk too. */
const MOST_VIEWS = 16

/** A few bytes cut from a large buffer would keep all of it in memory for as long as the entry is in the live tail. */
function ownBytes(data: Uint8Array): Uint8Array {
  return data.byteLength * MOST_VIEWS < data.buffer.byteLength ? Uint8Array.prototype.slice.call(data) : data
}
