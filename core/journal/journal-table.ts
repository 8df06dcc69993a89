import { TeleclaudeError } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { Store } from '../store/store.ts'
import type { Entry } from './entry.ts'
import { type EntryRow, entryFromRow, type PlacedEntry } from './entry-row.ts'
import type { SourcePosition } from './journal.ts'
import { ORIGIN, type Place, type SessionLog } from './session-log.ts'

export const JOURNAL_MIGRATIONS = [
  `CREATE TABLE journal_logs (
     number INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that no log inherits another's entries
     session TEXT UNIQUE,                      -- null once removed, until its entries are deleted
     closed_at INTEGER,
     last_mark TEXT
   );
   CREATE TABLE journal_entries (
     id INTEGER PRIMARY KEY,                   -- log number * 2^32 + seq: a log's entries lie together, in order
     at INTEGER NOT NULL,
     kind TEXT NOT NULL,
     output_through INTEGER NOT NULL,          -- bytes of output ever appended, through this entry
     weight_through INTEGER NOT NULL,          -- the same as retention counts
     stream TEXT,
     stream_offset INTEGER,
     content TEXT,
     data BLOB                                 -- last, so that the rest is read without its overflow pages
   )`,
]

const SEQS = 2 ** 32
/** Ids stay below 2^53, where JavaScript's numbers end. */
const MAX_LOGS = 2 ** 21

interface LogRow {
  number: number
  session: string | null
  closed_at: number | null
  last_mark: string | null
}
interface PlaceRow {
  id: number
  size: number
  output_through: number
  weight_through: number
}
type StoredRow = Omit<EntryRow, 'seq'> & { readonly id: number }

/** The journal's two tables. */
export type JournalTable = ReturnType<typeof createJournalTable>

export function createJournalTable(store: Store) {
  store.migrate('journal', JOURNAL_MIGRATIONS)
  return { ...logStatements(store), ...entryStatements(store), ...placeStatements(store) }
}

function logStatements({ db }: Store) {
  const all = db.prepare<[], LogRow>('SELECT * FROM journal_logs')
  const add = db.prepare('INSERT INTO journal_logs (session) VALUES (?)')
  const close = db.prepare('UPDATE journal_logs SET closed_at = ? WHERE number = ?')
  const mark = db.prepare('UPDATE journal_logs SET last_mark = ? WHERE number = ?')
  const orphan = db.prepare('UPDATE journal_logs SET session = NULL, last_mark = NULL WHERE number = ?')
  const drop = db.prepare('DELETE FROM journal_logs WHERE number = ?')
  return {
    logs: () => all.all(),
    addLog(session: SessionId): number {
      const number = Number(add.run(session).lastInsertRowid)
      if (number < MAX_LOGS) return number
      throw new TeleclaudeError(
        'TC_ERR_STORE',
        `The database has held ${MAX_LOGS} sessions and can number no more. Move it aside to start anew.`,
        { retryable: false },
      )
    },
    setClosedAt: (log: SessionLog, at: number | null) => void close.run(at, log.number),
    setLastMark: (log: SessionLog, entry: Entry) => void mark.run(JSON.stringify(entry), log.number),
    orphanLog: (number: number) => void orphan.run(number),
    dropLog: (number: number) => void drop.run(number),
  }
}

function entryStatements({ db }: Store) {
  const insert = db.prepare('INSERT INTO journal_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const range = db.prepare<[number, number], StoredRow>(
    'SELECT id, at, kind, data, content FROM journal_entries WHERE id > ? AND id <= ? ORDER BY id',
  )
  const remove = db.prepare('DELETE FROM journal_entries WHERE id > ? AND id <= ?')
  return {
    insert({ number }: SessionLog, { row, place, source }: PlacedEntry): void {
      insert.run(
        number * SEQS + row.seq,
        row.at,
        row.kind,
        place.outputBytes,
        place.weight,
        source?.stream ?? null,
        source?.offset ?? null,
        row.content,
        row.data,
      )
    },
    /** Stop the iteration before using the database for anything else. */
    *entries(number: number, afterSeq: number, untilSeq: number): Generator<Entry> {
      for (const row of range.iterate(number * SEQS + afterSeq, number * SEQS + untilSeq)) {
        yield entryFromRow({ ...row, seq: row.id - number * SEQS })
      }
    },
    deleteEntries(number: number, afterSeq: number, untilSeq: number): void {
      remove.run(number * SEQS + afterSeq, number * SEQS + untilSeq)
    },
  }
}

function placeStatements({ db }: Store) {
  const columns = 'id, coalesce(length(data), 0) AS size, output_through, weight_through'
  const between = `FROM journal_entries WHERE id > ? AND id <= ?`
  const first = db.prepare<[number, number], PlaceRow>(`SELECT ${columns} ${between} ORDER BY id LIMIT 1`)
  const last = db.prepare<[number, number], PlaceRow>(`SELECT ${columns} ${between} ORDER BY id DESC LIMIT 1`)
  const heavy = db.prepare<[number, number, number], PlaceRow>(
    `SELECT ${columns} ${between} AND weight_through >= ? ORDER BY id LIMIT 1`,
  )
  const source = db.prepare<[number, number], SourcePosition>(
    `SELECT stream, stream_offset AS offset ${between} AND stream IS NOT NULL ORDER BY id DESC LIMIT 1`,
  )
  const whole = (number: number): [number, number] => [number * SEQS, (number + 1) * SEQS - 1]
  const placeOf = (number: number, row: PlaceRow): Place => ({
    seq: row.id - number * SEQS,
    outputBytes: row.output_through,
    weight: row.weight_through,
  })
  return {
    head(number: number): Place {
      const row = last.get(...whole(number))
      return row ? placeOf(number, row) : ORIGIN
    },
    /** The place before the oldest entry kept. */
    floor(number: number): Place {
      const row = first.get(...whole(number))
      if (!row) return ORIGIN
      const { seq, outputBytes, weight } = placeOf(number, row)
      // The weight of this one entry is not known apart; counting it as gone errs by less than one entry.
      return { seq: seq - 1, outputBytes: outputBytes - row.size, weight }
    },
    lastSource: (number: number): SourcePosition | null => source.get(...whole(number)) ?? null,
    /** The place after the first entry in (afterSeq, untilSeq] that reaches `weight`, or after untilSeq. */
    placeOfWeight(number: number, afterSeq: number, untilSeq: number, weight: number): Place | null {
      const from = number * SEQS + afterSeq
      const to = number * SEQS + untilSeq
      const row = heavy.get(from, to, weight) ?? last.get(from, to)
      return row ? placeOf(number, row) : null
    },
  }
}
