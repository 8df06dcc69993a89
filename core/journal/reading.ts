import { TeleclaudeError } from '../errors.ts'
import type { Cursor, Epoch } from '../ids.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import type { Entry, Gap } from './entry.ts'
import type { ReadLimit, Slice } from './journal.ts'
import type { SessionLog } from './session-log.ts'

/** Enough for a batch or a page, little enough not to be noticed in memory. */
const DEFAULT_MAX_BYTES = 2 ** 20
const DEFAULT_MAX_ENTRIES = 5000

/** Where a reader is. `isForeign` when its cursor is of another epoch, so that its seq means nothing here. */
export interface ReaderPlace {
  readonly seq: number
  readonly isForeign: boolean
}

/** @throws TC_ERR_CURSOR_INVALID for what is no cursor, or one of an entry that is not there yet */
export function readerPlace(log: SessionLog, epoch: Epoch, since: Cursor): ReaderPlace {
  const position = parseCursor(since)
  if (position.epoch !== null && position.epoch !== epoch) return { seq: 0, isForeign: true }
  if (position.seq > log.head.seq) {
    throw new TeleclaudeError(
      'TC_ERR_CURSOR_INVALID',
      `The cursor '${since}' is beyond the newest entry of session '${log.session}'. Pass one as it was returned for this session.`,
    )
  }
  return { seq: position.seq, isForeign: false }
}

/** What reading needs to know of the journal. */
export interface ReadSource {
  readonly epoch: Epoch
  now(): number
  entries(log: SessionLog, afterSeq: number, untilSeq: number): Iterable<Entry>
}

export function readSlice(source: ReadSource, log: SessionLog, since: Cursor, limit: ReadLimit = {}): Slice {
  const place = readerPlace(log, source.epoch, since)
  const untilSeq = Math.min(limit.untilSeq ?? log.head.seq, log.head.seq)
  const gap = gapAt(place, log, untilSeq, source.now())
  const from = gap?.seq ?? place.seq
  const entries: Entry[] = gap ? [gap] : []
  if (from < untilSeq) takeInto(entries, source.entries(log, from, untilSeq), { ...limit, untilSeq })
  const seq = entries.at(-1)?.seq ?? place.seq
  return {
    entries,
    cursor: entries.length > 0 ? formatCursor(source.epoch, seq) : since,
    atEnd: seq >= log.head.seq,
  }
}

function gapAt(place: ReaderPlace, log: SessionLog, untilSeq: number, at: number): (Entry & Gap) | null {
  const fromSeq = place.seq + 1
  const toSeq = Math.min(log.floor.seq, untilSeq)
  if (fromSeq > toSeq) {
    return place.isForeign ? { kind: 'gap', bytes: 0, reason: 'epoch', seq: 0, at } : null
  }
  // How much came before an entry is known only while the entry is kept; 0 is not, but nothing came before it.
  const bytes = fromSeq === 1 && toSeq === log.floor.seq ? log.floor.outputBytes : 0
  return {
    kind: 'gap',
    bytes,
    fromSeq,
    toSeq,
    reason: place.isForeign ? 'epoch' : 'retention',
    seq: toSeq,
    at,
  }
}

function takeInto(taken: Entry[], entries: Iterable<Entry>, limit: ReadLimit & { untilSeq: number }): void {
  const maxEntries = limit.maxEntries ?? DEFAULT_MAX_ENTRIES
  let room = limit.maxBytes ?? DEFAULT_MAX_BYTES
  for (const entry of entries) {
    if (entry.seq > limit.untilSeq) return
    room -= sizeOf(entry)
    if (taken.length > 0 && (taken.length >= maxEntries || room < 0)) return
    taken.push(entry)
  }
}

function sizeOf(entry: Entry): number {
  if (entry.kind === 'output') return entry.data.byteLength
  return entry.kind === 'notice' || entry.kind === 'input' ? (entry.text?.length ?? 0) : 0
}
