import type { Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Session } from '../sessions/session.ts'
import type { Store } from '../store/store.ts'
import { MAX_SKEW_MS } from './messages.ts'

/**
 * The starts that other computers were asked for and have not told of yet. They are in the database too: after a crash
 * in between, the news of such a session is all that this computer hears of it.
 */
export interface ExpectedStarts {
  add(computer: string): void
  /** Whether a session may be one that was asked for. */
  allows(session: Session): boolean
  /** A session that was not known before was taken in, so its start is expected no longer. */
  arrived(session: Session): void
}

interface ExpectedStart {
  readonly number: number
  readonly computer: string
  readonly askedAt: number
}

export const EXPECTED_STARTS_MIGRATIONS = [
  `CREATE TABLE mesh_expected_starts (
     number INTEGER PRIMARY KEY,
     computer TEXT NOT NULL,
     asked_at INTEGER NOT NULL
   )`,
]

/** An owner that was away for longer has forgotten the request. */
const KEEP_MS = 86_400_000
/** Of all computers together; the oldest goes. */
const MAX_EXPECTED = 1000

export function createExpectedStarts({
  store,
  clock,
  log,
}: {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}): ExpectedStarts {
  store.migrate('mesh-expected-starts', EXPECTED_STARTS_MIGRATIONS)
  const load = store.db.prepare<[], ExpectedStart>(
    'SELECT number, computer, asked_at AS askedAt FROM mesh_expected_starts ORDER BY number',
  )
  const save = store.db.prepare('INSERT INTO mesh_expected_starts VALUES (?, ?, ?)')
  const erase = store.db.prepare('DELETE FROM mesh_expected_starts WHERE number = ?')
  let starts: readonly ExpectedStart[] = load.all()
  let last = starts.at(-1)?.number ?? 0

  const write = (work: () => void): void => {
    try {
      store.transaction(work)
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'which starts elsewhere are expected could not be saved')
    }
  }
  const isStale = ({ askedAt }: ExpectedStart) => clock.now() - askedAt > KEEP_MS
  const startOf = (session: Session) =>
    starts.find(
      start =>
        start.computer === session.computer &&
        !isStale(start) &&
        // A session of long ago, forgotten here and told of again, must not take the place of the one that was asked for.
        session.createdAt + MAX_SKEW_MS >= start.askedAt,
    )
  return {
    add(computer) {
      const start = { number: ++last, computer, askedAt: clock.now() }
      const kept = [...starts.filter(one => !isStale(one)), start].slice(-MAX_EXPECTED)
      const gone = starts.filter(one => !kept.includes(one))
      starts = kept
      write(() => {
        for (const { number } of gone) erase.run(number)
        save.run(start.number, computer, start.askedAt)
      })
    },
    allows: session => startOf(session) !== undefined,
    arrived(session) {
      const start = startOf(session)
      if (!start) return
      starts = starts.filter(one => one !== start)
      write(() => erase.run(start.number))
    },
  }
}
