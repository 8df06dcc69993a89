import type { Logger } from 'pino'
import type { Clock, Timer } from '../clock.ts'
import type { Store } from '../store/store.ts'

/** How far one session's channel at one adapter has come. */
export interface ChannelRecord {
  readonly adapter: string
  /** The newest entry that the far side has. No epoch: it stands in the same database as the entries. */
  readonly seq: number
  /** `closeChannel` has been called, and the session has not been started again since. */
  readonly isClosed: boolean
}

/** The saved cursors of all pumps. */
export interface ChannelStore {
  load(session: string, adapter: string): ChannelRecord
  closed(session: string): readonly ChannelRecord[]
  /** Saved soon, together with others: an adapter faster than the disk must not slow the journal down. */
  saveSeq(session: string, adapter: string, seq: number): void
  /** Saved at once. */
  saveClosed(session: string, adapter: string, isClosed: boolean): void
  remove(session: string): void
  close(): void
}

const MIGRATIONS = [
  `CREATE TABLE channels (
     session TEXT NOT NULL,
     adapter TEXT NOT NULL,
     seq INTEGER NOT NULL DEFAULT 0,
     is_closed INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (session, adapter)
   ) WITHOUT ROWID`,
]

/** At most 50 small transactions a second for all pumps; a crash repeats at most so much of what was sent. */
const SAVE_AFTER_MS = 20

interface Row {
  adapter: string
  seq: number
  is_closed: 0 | 1
}

export function createChannelStore(options: { store: Store; clock: Clock; log: Logger }): ChannelStore {
  const { store, clock, log } = options
  const table = createTable(store)
  const unsaved = new Map<string, { session: string; adapter: string; seq: number }>()
  let timer: Timer | null = null

  const flush = () => {
    timer?.cancel()
    timer = null
    if (unsaved.size === 0) return
    try {
      store.transaction(() => {
        for (const { session, adapter, seq } of unsaved.values()) table.saveSeq(session, adapter, seq)
      })
      unsaved.clear()
    } catch (error) {
      // They stay unsaved, and go with the next ones; until then a crash would repeat more.
      log.warn({ err: error }, 'could not save the cursors of the adapters')
    }
  }
  return {
    load: (session, adapter) => table.load(session, adapter),
    closed: session => table.closed(session),
    saveSeq(session, adapter, seq) {
      unsaved.set(`${session} ${adapter}`, { session, adapter, seq })
      timer ??= clock.setTimeout(flush, SAVE_AFTER_MS, { ref: false })
    },
    saveClosed(session, adapter, isClosed) {
      flush()
      store.transaction(() => table.saveClosed(session, adapter, isClosed))
    },
    remove(session) {
      for (const [key, row] of unsaved) if (row.session === session) unsaved.delete(key)
      store.transaction(() => table.remove(session))
    },
    close: flush,
  }
}

function createTable(store: Store) {
  store.migrate('adapters', MIGRATIONS)
  const { db } = store
  const find = db.prepare<[string, string], Row>('SELECT * FROM channels WHERE session = ? AND adapter = ?')
  const closed = db.prepare<[string], Row>('SELECT * FROM channels WHERE session = ? AND is_closed')
  const upsert = (column: string) =>
    db.prepare(
      `INSERT INTO channels (session, adapter, ${column}) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET ${column} = excluded.${column}`,
    )
  const [seq, isClosed] = [upsert('seq'), upsert('is_closed')]
  const remove = db.prepare('DELETE FROM channels WHERE session = ?')
  const record = (row: Row): ChannelRecord => ({
    adapter: row.adapter,
    seq: row.seq,
    isClosed: row.is_closed === 1,
  })
  return {
    load(session: string, adapter: string): ChannelRecord {
      const row = find.get(session, adapter)
      return row ? record(row) : { adapter, seq: 0, isClosed: false }
    },
    closed: (session: string) => closed.all(session).map(record),
    saveSeq: (session: string, adapter: string, value: number) => void seq.run(session, adapter, value),
    saveClosed: (session: string, adapter: string, value: boolean) =>
      void isClosed.run(session, adapter, value ? 1 : 0),
    remove: (session: string) => void remove.run(session),
  }
}
