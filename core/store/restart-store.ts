import type { SessionId } from '../ids.ts'
import type { Store } from './store.ts'

/** What is needed to start sessions again in the same place, beside their records. */
export interface RestartStore {
  /** Behind which entry of its journal the session's present terminal began; 0 for its first. */
  beganAfter(session: SessionId): number
  saveBeginning(session: SessionId, seq: number): void
  /** The variables it was started with. */
  env(session: SessionId): Readonly<Record<string, string>>
  saveEnv(session: SessionId, env: Readonly<Record<string, string>>): void
  /** Those that are to be started again, as long as that is neither done nor given up. */
  due(): readonly SessionId[]
  isDue(session: SessionId): boolean
  setDue(session: SessionId, isDue: boolean): void
  /** It is not to be started again: what it was started with is nobody's any more. */
  giveUp(session: SessionId): void
  remove(session: SessionId): void
}

export const RESTART_MIGRATIONS = [
  `CREATE TABLE session_restarts (
     session TEXT PRIMARY KEY,
     began_after INTEGER NOT NULL DEFAULT 0,
     env TEXT NOT NULL DEFAULT '{}',
     is_due INTEGER NOT NULL DEFAULT 0
   ) WITHOUT ROWID`,
]

const NO_ENV = '{}'

interface Row {
  readonly session: SessionId
  readonly began_after: number
  readonly env: string
  readonly is_due: 0 | 1
}

export function createRestartStore(store: Store): RestartStore {
  store.migrate('session-restarts', RESTART_MIGRATIONS)
  const all = store.db.prepare<[], Row>('SELECT * FROM session_restarts')
  const put = store.db.prepare<[SessionId, number, string, 0 | 1]>(
    'INSERT OR REPLACE INTO session_restarts VALUES (?, ?, ?, ?)',
  )
  const remove = store.db.prepare<[SessionId]>('DELETE FROM session_restarts WHERE session = ?')
  const rows = new Map(all.all().map(row => [row.session, row]))
  const rowOf = (session: SessionId): Row =>
    rows.get(session) ?? { session, began_after: 0, env: NO_ENV, is_due: 0 }
  const save = (session: SessionId, change: Partial<Row>) => {
    const row = { ...rowOf(session), ...change }
    store.transaction(() => put.run(session, row.began_after, row.env, row.is_due))
    rows.set(session, row)
  }
  return {
    beganAfter: session => rowOf(session).began_after,
    saveBeginning: (session, seq) => save(session, { began_after: seq }),
    // Written below, from such a record.
    env: session => JSON.parse(rowOf(session).env) as Record<string, string>,
    saveEnv: (session, env) => save(session, { env: JSON.stringify(env) }),
    due: () => [...rows.values()].filter(row => row.is_due === 1).map(row => row.session),
    isDue: session => rowOf(session).is_due === 1,
    giveUp(session) {
      const { env, is_due } = rowOf(session)
      if (env !== NO_ENV || is_due === 1) save(session, { env: NO_ENV, is_due: 0 })
    },
    setDue: (session, isDue) => save(session, { is_due: isDue ? 1 : 0 }),
    remove(session) {
      if (!rows.has(session)) return
      store.transaction(() => remove.run(session))
      rows.delete(session)
    },
  }
}
