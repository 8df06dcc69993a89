import { isUtf8 } from 'node:buffer'

/** The most bytes of output that one entry holds; longer output becomes several entries. */
export const MAX_ENTRY_BYTES = 4096

/** What a terminal printed, less the prompt marks. Cut at UTF-8 and escape-sequence boundaries. */
export interface Output {
  readonly kind: 'output'
  readonly data: Uint8Array
  /**
   * Set where the bytes are not lines of text: drawn on the alternate screen (an editor, a pager), or the inside
   * of an escape string longer than an entry. Such output is in `raw` and on the `screen`, never in `text`.
   */
  readonly layer?: 'alternate' | 'string'
}

/** Something typed into the terminal. `text` is only there where it cannot be a password. */
export interface Input {
  readonly kind: 'input'
  /** Who typed it, as shown to people: `cli:ada`, `mcp`, `session:…`. */
  readonly author: string
  /** How long the input was, in UTF-16 code units. */
  readonly length: number
  readonly text?: string
}

/** Something that the shell or the agent said about itself. */
export type Mark =
  | { readonly type: 'start' }
  | {
      readonly type: 'end'
      readonly exitCode: number | null
      readonly durationMs: number | null
      readonly cwd: string | null
    }
  | { readonly type: 'prompt'; readonly cwd: string | null }
  | { readonly type: 'turn' }

export interface MarkContent {
  readonly kind: 'mark'
  readonly mark: Mark
}

/** The session changed: its life-cycle state, its size or its title. */
export interface StateChange {
  readonly kind: 'state'
  readonly state?: string
  readonly reason?: string
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly cols?: number
  readonly rows?: number
  readonly title?: string
}

/**
 * Output that is not here: `bytes` of it, 0 where that is not known. Where whole entries went, `fromSeq` and `toSeq`
 * (inclusive) name them. `reason` is `retention` or `epoch` where a journal made it for a reading.
 */
export interface Gap {
  readonly kind: 'gap'
  readonly bytes: number
  readonly fromSeq?: number
  readonly toSeq?: number
  readonly reason: string
}

/** A file on the computer of the session. It is read when it is delivered. */
export interface FileReference {
  readonly path: string
  readonly name: string
  readonly bytes: number
}

/** A message shown in the session by somebody, not printed by its terminal. */
export interface Notice {
  readonly kind: 'notice'
  readonly text: string
  readonly format: 'text' | 'markdown' | 'html'
  readonly author: string
  /** Shown with the text; where that is not possible, its name and path are. */
  readonly file?: FileReference
}

/** An entry before the journal has given it its place. */
export type EntryDraft = Output | Input | MarkContent | StateChange | Gap | Notice

/** One record of a journal. `seq` counts 1, 2, 3 …; `at` is milliseconds since the Unix epoch. */
export type Entry = EntryDraft & { readonly seq: number; readonly at: number }

/** Output as it crosses a process boundary: text where the bytes are valid UTF-8, base64 where not. */
export type WireOutput = Omit<Output, 'data'> & { readonly data: string; readonly encoding?: 'base64' }
/** An entry as JSON can carry it. */
export type WireEntry = (Exclude<EntryDraft, Output> | WireOutput) & {
  readonly seq: number
  readonly at: number
}

export function entryToWire(entry: Entry): WireEntry {
  if (entry.kind !== 'output') return entry
  const bytes = Buffer.from(entry.data.buffer, entry.data.byteOffset, entry.data.byteLength)
  return isUtf8(bytes)
    ? { ...entry, data: bytes.toString('utf8') }
    : { ...entry, data: bytes.toString('base64'), encoding: 'base64' }
}

export function entryFromWire(wire: WireEntry): Entry {
  if (wire.kind !== 'output') return wire
  const { encoding, data, ...rest } = wire
  return { ...rest, data: Buffer.from(data, encoding ?? 'utf8') }
}
