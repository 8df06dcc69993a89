import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { ANSWER_MS, MAX_SKEW_MS } from './messages.ts'

/** How far this computer's mailbox was read. */
export interface MailboxPosition {
  /** The newest; null for a mailbox that was never read. */
  readonly value: string | null
  /**
   * Whether this database may have forgotten requests that were taken in: it was made anew, restored, or lost its newest
   * commits not long ago.
   */
  readonly hasForgotten: boolean
  /** Commits what `work` does, and the position with it. @throws TC_ERR_DISK_FULL, TC_ERR_STORE: then nothing was done */
  commit<T>(position: string, work: () => T): T
  /** Saves a position soon: reading again what stands between would do no harm. */
  note(position: string): void
  close(): void
}

/** As long as a few requests of a busy computer take; what is read twice after a crash within it is harmless. */
const SAVE_AFTER_MS = 100
/** No request that was taken in can be valid for longer than this. */
const FORGETS_FOR_MS = ANSWER_MS + 2 * MAX_SKEW_MS

const MIGRATIONS = [
  `CREATE TABLE mesh_mailbox (
     computer TEXT PRIMARY KEY,
     position TEXT,
     epoch TEXT NOT NULL,
     forgot_until INTEGER NOT NULL
   ) WITHOUT ROWID`,
]

interface Row {
  readonly position: string | null
  readonly epoch: string
  readonly forgot_until: number
}

/** @param parts.self the name of this computer, which is its mailbox's */
export function createMailboxPosition(parts: {
  readonly self: string
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}): MailboxPosition {
  const { self, store, clock, log } = parts
  const opened = openRow(parts)
  const save = store.db.prepare<[string, string]>('UPDATE mesh_mailbox SET position = ? WHERE computer = ?')
  let value = opened.position
  let saved = value
  let timer: Timer | null = null

  const flush = () => {
    timer?.cancel()
    timer = null
    const newest = value
    if (newest === null || newest === saved) return
    try {
      store.transaction(() => save.run(newest, self))
      saved = newest
    } catch (error) {
      log.warn({ err: error }, 'could not save how far the mailbox was read; it goes with the next one')
    }
  }
  return {
    get value() {
      return value
    },
    get hasForgotten() {
      return clock.now() < opened.forgot_until
    },
    commit(position, work) {
      const result = store.transaction(() => {
        save.run(position, self)
        return work()
      })
      value = position
      saved = position
      return result
    },
    note(position) {
      value = position
      timer ??= clock.setTimeout(flush, SAVE_AFTER_MS, { ref: false })
    },
    close: flush,
  }
}

function openRow({ self, store, clock }: { self: string; store: Store; clock: Clock }): Row {
  store.migrate('mesh-mailbox', MIGRATIONS)
  const find = store.db.prepare<[string], Row>('SELECT * FROM mesh_mailbox WHERE computer = ?')
  const known = find.get(self)
  if (known?.epoch === store.epoch) return known
  const row: Row = {
    position: known?.position ?? null,
    epoch: store.epoch,
    forgot_until: clock.now() + FORGETS_FOR_MS,
  }
  store.transaction(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO mesh_mailbox VALUES (?, ?, ?, ?)')
      .run(self, row.position, row.epoch, row.forgot_until),
  )
  return row
}
