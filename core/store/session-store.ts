import type { Session } from '../sessions/session.ts'
import type { Store } from './store.ts'

/** Keeps the sessions' records. */
export interface SessionStore {
  /** All of them, oldest first. */
  load(): Session[]
  save(session: Session): void
  remove(id: string): void
}

export const SESSION_MIGRATIONS = [
  `CREATE TABLE sessions (
     number INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     body TEXT NOT NULL
   )`,
]

export function createSessionStore(store: Store): SessionStore {
  store.migrate('sessions', SESSION_MIGRATIONS)
  const all = store.db.prepare<[], { body: string }>('SELECT body FROM sessions ORDER BY number')
  const save = store.db.prepare(
    'INSERT INTO sessions (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  )
  const remove = store.db.prepare('DELETE FROM sessions WHERE id = ?')
  return {
    // Only `save` writes the column, so what it holds is a session.
    load: () => all.all().map(row => JSON.parse(row.body) as Session),
    save: session => store.transaction(() => void save.run(session.id, JSON.stringify(session))),
    remove: id => store.transaction(() => void remove.run(id)),
  }
}
