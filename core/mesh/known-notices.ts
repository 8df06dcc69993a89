import { BoundedMap } from '../bounded-map.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'

/**
 * The notices in sessions elsewhere that plugins were told of. Whoever can write to the carrier can put one back for as
 * long as it counts, also when this daemon is another one by then; so they are in the database.
 */
export interface KnownNotices {
  /** Whether nobody was told of a notice yet. From then on somebody was. */
  isNew(session: string, notice: { readonly seq: number; readonly at: number }): boolean
}

export const NOTICE_MIGRATIONS = [
  `CREATE TABLE mesh_notices (
     number INTEGER PRIMARY KEY,
     notice TEXT NOT NULL
   )`,
]

/** One counts for three minutes at the most. */
const MAX_NOTICES = 1000

export function createKnownNotices({
  store,
  log,
}: {
  readonly store: Store
  readonly log: Logger
}): KnownNotices {
  store.migrate('mesh-notices', NOTICE_MIGRATIONS)
  const load = store.db.prepare<[], { number: number; notice: string }>(
    'SELECT number, notice FROM mesh_notices ORDER BY number',
  )
  const save = store.db.prepare('INSERT INTO mesh_notices VALUES (?, ?)')
  const erase = store.db.prepare('DELETE FROM mesh_notices WHERE number <= ?')
  const known = new BoundedMap<string, number>(MAX_NOTICES)
  let last = 0
  for (const { number, notice } of load.all()) {
    known.set(notice, number)
    last = number
  }

  const write = (notice: string): void => {
    try {
      store.transaction(() => {
        save.run(last, notice)
        erase.run(last - MAX_NOTICES)
      })
    } catch (error) {
      // It is told all the same: twice is better than never.
      log.warn({ problem: messageOf(error) }, 'it could not be written down that a notice was told')
    }
  }
  return {
    isNew(session, { seq, at }) {
      const notice = `${session} ${seq} ${at}`
      if (known.has(notice)) return false
      last += 1
      known.set(notice, last)
      write(notice)
      return true
    },
  }
}
