import type { Logger } from 'pino'
import type { Clock, Timer } from '../clock.ts'
import type { Epoch } from '../ids.ts'
import type { Store } from '../store/store.ts'

/** How far one session's channel at one adapter has come. */
export interface ChannelRecord {
  readonly adapter: string
  /** The newest entry that the far side has. */
  readonly seq: number
  /** Of a session elsewhere: what the seq belongs to. Null of one here, as its entries stand in the same database. */
  readonly epoch: Epoch | null
  /** `closeChannel` has been called, and the session has not been started again since. */
  readonly isClosed: boolean
}

/** The saved cursors of all pumps. */
export interface ChannelStore {
  load(session: string, adapter: string): ChannelRecord
  /** Whether anything is known of the channel. */
  has(session: string, adapter: string): boolean
  /** From now on something is. */
  begin(session: string, adapter: string): void
  closed(session: string): readonly ChannelRecord[]
  /** Saved soon, together with others: an adapter faster than the disk must not slow the journal down. */
  saveSeq(session: string, adapter: string, seq: number, epoch?: Epoch | null): void
  /** Saved at once. */
  saveClosed(session: string, adapter: string, isClosed: boolean): void
  remove(session: string): void
  close(): void
}

export const CHANNEL_MIGRATIONS = [
  `CREATE TABLE channels (
     session TEXT NOT NULL,
     adapter TEXT NOT NULL,
     seq INTEGER NOT NULL DEFAULT 0,
     is_closed INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (session, adapter)
   ) WITHOUT ROWID`,
  'ALTER TABLE channels ADD COLUMN epoch TEXT',
]

/** At most 50 small transactions a second for all pumps; a crash repeats at most so much of what was sent. */
const SAVE_AFTER_MS = 20

interface Place {
  readonly session: string
  readonly adapter: string
  readonly seq: number
  readonly epoch: Epoch | null
}

interface Row {
  adapter: string
  seq: number
  epoch: Epoch | null
  is_closed: 0 | 1
}

export function createChannelStore(options: { store: Store; clock: Clock; log: Logger }): ChannelStore {
  const { store, clock, log } = options
  const table = createTable(store)
  const unsaved = new Map<string, Place>()
  let timer: Timer | null = null

  const flush = () => {
    timer?.cancel()
    timer = null
    if (unsaved.size === 0) return
    try {
      store.transaction(() => {
        for (const place of unsaved.values()) table.savePlace(place)
      })
      unsaved.clear()
    } catch (error) {
      // They stay unsaved, and go with the next ones; until then a crash would repeat more.
      log.warn({ err: error }, 'could not save the cursors of the adapters')
    }
  }
  return {
    load: (session, adapter) => table.load(session, adapter),
    has: (session, adapter) => table.has(session, adapter),
    begin(session, adapter) {
      try {
        store.transaction(() => table.begin(session, adapter))
      } catch (error) {
        // It begins with the first place that is saved.
        log.warn({ err: error, session, adapter }, 'that a channel has begun could not be saved')
      }
    },
    closed: session => table.closed(session),
    saveSeq(session, adapter, seq, epoch = null) {
      unsaved.set(`${session} ${adapter}`, { session, adapter, seq, epoch })
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
  store.migrate('adapters', CHANNEL_MIGRATIONS)
  const { db } = store
  const find = db.prepare<[string, string], Row>('SELECT * FROM channels WHERE session = ? AND adapter = ?')
  const closed = db.prepare<[string], Row>('SELECT * FROM channels WHERE session = ? AND is_closed')
  const begin = db.prepare<[string, string]>(
    'INSERT INTO channels (session, adapter) VALUES (?, ?) ON CONFLICT DO NOTHING',
  )
  const savePlace = db.prepare<[string, string, number, Epoch | null]>(
    `INSERT INTO channels (session, adapter, seq, epoch) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET seq = excluded.seq, epoch = excluded.epoch`,
  )
  const saveClosed = db.prepare<[string, string, 0 | 1]>(
    `INSERT INTO channels (session, adapter, is_closed) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET is_closed = excluded.is_closed`,
  )
  const remove = db.prepare('DELETE FROM channels WHERE session = ?')
  const record = (row: Row): ChannelRecord => ({
    adapter: row.adapter,
    seq: row.seq,
    epoch: row.epoch,
    isClosed: row.is_closed === 1,
  })
  return {
    load(session: string, adapter: string): ChannelRecord {
      const row = find.get(session, adapter)
      return row ? record(row) : { adapter, seq: 0, epoch: null, isClosed: false }
    },
    has: (session: string, adapter: string) => find.get(session, adapter) !== undefined,
    begin: (session: string, adapter: string) => void begin.run(session, adapter),
    closed: (session: string) => closed.all(session).map(record),
    savePlace: ({ session, adapter, seq, epoch }: Place) => void savePlace.run(session, adapter, seq, epoch),
    saveClosed: (session: string, adapter: string, value: boolean) =>
      void saveClosed.run(session, adapter, value ? 1 : 0),
    remove: (session: string) => void remove.run(session),
  }
}
