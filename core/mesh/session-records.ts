import { BoundedMap } from '../bounded-map.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type ChannelMetadata, isLive, type Session } from '../sessions/session.ts'
import type { Store } from '../store/store.ts'

/**
 * The records of sessions elsewhere, in memory and in the database. What cannot be saved (the disk is full) counts all
 * the same, and is saved with what comes next.
 */
export interface SessionRecords {
  find(id: string): Session | undefined
  all(): readonly Session[]
  /** Keeps a record in the place of the one of its id. Where there are too many, the least useful one goes, and is returned. */
  put(session: Session): Session | undefined
  /** Remembers what an adapter here made of a session elsewhere, which its owner knows nothing of; null forgets it. */
  setMetadata(id: string, adapterType: string, metadata: ChannelMetadata | null): void
  /** Also of none: what could not be saved before is tried again. */
  remove(ids: readonly string[]): void
}

export const SESSION_RECORD_MIGRATIONS = [
  `CREATE TABLE mesh_sessions (
     id TEXT PRIMARY KEY,
     body TEXT NOT NULL
   ) WITHOUT ROWID`,
  `ALTER TABLE mesh_sessions ADD COLUMN channels TEXT NOT NULL DEFAULT '{}'`,
]

type Channels = Session['adapterMetadata']

interface Row {
  readonly body: string
  readonly channels: string
}

interface SessionRecord {
  /** As its owner told it. */
  readonly told: Session
  /** What adapters here made of it. */
  readonly channels: Channels
  readonly shown: Session
}

/** Some hundred thousand bytes for most people, and a bound for what other computers can have kept here. */
const MAX_RECORDS = 10_000

export function createSessionRecords(
  { store, log }: { readonly store: Store; readonly log: Logger },
  maxRecords = MAX_RECORDS,
): SessionRecords {
  store.migrate('mesh-sessions', SESSION_RECORD_MIGRATIONS)
  const load = store.db.prepare<[], Row>('SELECT body, channels FROM mesh_sessions')
  const save = store.db.prepare(
    `INSERT INTO mesh_sessions (id, body, channels) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET body = excluded.body, channels = excluded.channels`,
  )
  const erase = store.db.prepare('DELETE FROM mesh_sessions WHERE id = ?')
  const records = new Map<string, SessionRecord>(
    load
      .all()
      .map(read)
      .map(record => [record.told.id, record]),
  )

  /** Some of them may have been removed meanwhile. */
  const unsaved = new BoundedMap<string, true>(2 * maxRecords)

  const saveOrErase = (id: string): void => {
    const record = records.get(id)
    if (record) save.run(id, JSON.stringify(record.told), JSON.stringify(record.channels))
    else erase.run(id)
  }
  const write = (ids: readonly string[]): void => {
    for (const id of ids) unsaved.set(id, true)
    if (unsaved.size === 0) return
    try {
      store.transaction(() => {
        for (const id of unsaved.keys()) saveOrErase(id)
      })
      unsaved.clear()
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'what is known of sessions elsewhere could not be saved')
    }
  }
  const remove = (ids: readonly string[]): void => {
    for (const id of ids) records.delete(id)
    write(ids)
  }
  const all = () => [...records.values()].map(({ shown }) => shown)
  const makeRoom = (): Session | undefined => {
    if (records.size <= maxRecords) return undefined
    const least = leastUseful(all())
    remove([least.id])
    return least
  }
  return {
    find: id => records.get(id)?.shown,
    all,
    put(session) {
      const known = records.get(session.id)
      const before = known?.told
      records.set(session.id, recordOf(session, known?.channels ?? {}))
      // `ready` and `busy` change often and are asked for after a start, so they are not worth a write.
      if (before?.updatedAt !== session.updatedAt || isLive(before.state) !== isLive(session.state))
        write([session.id])
      return makeRoom()
    },
    setMetadata(id, adapterType, metadata) {
      const known = records.get(id)
      if (!known) return
      const { [adapterType]: _, ...others } = known.channels
      const channels = metadata ? { ...others, [adapterType]: metadata } : others
      records.set(id, recordOf(known.told, channels))
      write([id])
    },
    remove,
  }
}

/** Only `put` and `setMetadata` write the columns, so they hold a session and its channels. */
function read({ body, channels }: Row): SessionRecord {
  return recordOf(JSON.parse(body) as Session, JSON.parse(channels) as Channels)
}

/** Of an adapter that the owner does not have, nobody but this computer says what the channel is: it writes there. */
function recordOf(told: Session, channels: Channels): SessionRecord {
  const theirs = Object.entries(told.adapterMetadata).filter(([type]) => told.adapterTypes.includes(type))
  const adapterMetadata = { ...Object.fromEntries(theirs), ...channels }
  return { told, channels, shown: { ...told, adapterMetadata } }
}

/** The one that ended first; if none has, the oldest of the computer that has the most, so that no computer displaces others'. */
function leastUseful(sessions: readonly Session[]): Session {
  const ended = sessions.filter(session => !isLive(session.state))
  if (ended.length > 0) return first(ended, session => session.closedAt ?? session.updatedAt)
  const byComputer = Object.values(Object.groupBy(sessions, session => session.computer))
  const most = byComputer.reduce((one, other) => ((other?.length ?? 0) > (one?.length ?? 0) ? other : one))
  return first(most ?? sessions, session => session.createdAt)
}

function first(sessions: readonly Session[], time: (session: Session) => number): Session {
  return sessions.reduce((one, other) => (time(other) < time(one) ? other : one))
}
