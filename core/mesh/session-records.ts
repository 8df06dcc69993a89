import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { isLive, type Session } from '../sessions/session.ts'
import type { Store } from '../store/store.ts'

/** The records of sessions elsewhere, in memory and in the database. */
export interface SessionRecords {
  find(id: string): Session | undefined
  all(): readonly Session[]
  /** Keeps a record in the place of the one of its id. Where there are too many, the least useful one goes. */
  put(session: Session): void
  remove(ids: readonly string[]): void
}

const MIGRATIONS = [
  `CREATE TABLE mesh_sessions (
     id TEXT PRIMARY KEY,
     body TEXT NOT NULL
   ) WITHOUT ROWID`,
]

/** Some hundred thousand bytes for most people, and a bound for what other computers can have kept here. */
const MAX_RECORDS = 10_000

export function createSessionRecords(
  { store, log }: { readonly store: Store; readonly log: Logger },
  maxRecords = MAX_RECORDS,
): SessionRecords {
  store.migrate('mesh-sessions', MIGRATIONS)
  const load = store.db.prepare<[], { body: string }>('SELECT body FROM mesh_sessions')
  const save = store.db.prepare(
    'INSERT INTO mesh_sessions VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  )
  const erase = store.db.prepare('DELETE FROM mesh_sessions WHERE id = ?')
  // Only `put` writes the column, so what it holds is a session.
  const read = load.all().map(row => JSON.parse(row.body) as Session)
  const records = new Map<string, Session>(read.map(session => [session.id, session]))

  /** What cannot be saved (the disk is full) is asked for again after the next start. */
  const write = (work: () => void): void => {
    try {
      store.transaction(work)
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'what is known of sessions elsewhere could not be saved')
    }
  }
  const remove = (ids: readonly string[]): void => {
    for (const id of ids) records.delete(id)
    write(() => {
      for (const id of ids) erase.run(id)
    })
  }
  return {
    find: id => records.get(id),
    all: () => [...records.values()],
    put(session) {
      const before = records.get(session.id)
      records.set(session.id, session)
      // `ready` and `busy` change often and are asked for after a start, so they are not worth a write.
      if (before?.updatedAt !== session.updatedAt || isLive(before.state) !== isLive(session.state))
        write(() => save.run(session.id, JSON.stringify(session)))
      if (records.size > maxRecords) remove([leastUseful([...records.values()]).id])
    },
    remove,
  }
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
