import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { ANSWER_MS, MAX_SKEW_MS } from './messages.ts'
import type { RefusalMark } from './refusal-mark.ts'

/** How far this computer's mailbox was read. */
export interface MailboxPosition {
  /** The newest; null for a mailbox that was never read. */
  readonly value: string | null
  /**
   * Whether a request for which that run of the daemon was known may have been taken in, or refused, without this
   * database knowing of it: it was made anew, restored, or lost its newest commits not long ago, or had no room.
   */
  hasForgotten(boot: string | undefined): boolean
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

export const MAILBOX_MIGRATIONS = [
  `CREATE TABLE mesh_mailbox (
     computer TEXT PRIMARY KEY,
     position TEXT,
     epoch TEXT NOT NULL,
     forgot_until INTEGER NOT NULL
   ) WITHOUT ROWID`,
  `ALTER TABLE mesh_mailbox ADD COLUMN forgotten_runs TEXT NOT NULL DEFAULT '[]'`,
]

interface Row {
  readonly position: string | null
  readonly epoch: string
  readonly forgot_until: number
  /** JSON: the runs before, of which too little is remembered. */
  readonly forgotten_runs: string
}

export interface MailboxPositionParts {
  /** The name of this computer, which is its mailbox's. */
  readonly self: string
  /** The runs of the daemon that this database knows: before this one begins, and then with it. */
  readonly runs: () => readonly string[]
  readonly mark: Pick<RefusalMark, 'stands' | 'set'>
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}

/** To be called before this run of the daemon begins. */
export function createMailboxPosition(parts: MailboxPositionParts): MailboxPosition {
  const { self, store, clock, log } = parts
  const opened = openRow(parts)
  // Only ever written below.
  const forgottenRuns = new Set(JSON.parse(opened.forgotten_runs) as string[])
  const save = store.db.prepare<[string, string]>('UPDATE mesh_mailbox SET position = ? WHERE computer = ?')
  let value = opened.position
  let saved = value
  let timer: Timer | null = null
  let isFailing = false

  const flush = () => {
    timer?.cancel()
    timer = null
    const newest = value
    if (newest === null || newest === saved) return
    try {
      store.transaction(() => save.run(newest, self))
      saved = newest
      isFailing = false
    } catch (error) {
      // Of a full disk the log need not tell with every mail.
      if (!isFailing)
        log.warn({ err: error }, 'could not save how far the mailbox was read; it goes with the next one')
      isFailing = true
    }
  }
  return {
    get value() {
      return value
    },
    hasForgotten(boot) {
      if (clock.now() >= opened.forgot_until) return false
      return boot === undefined || forgottenRuns.has(boot) || !parts.runs().includes(boot)
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

function openRow({ self, store, clock, runs, mark }: MailboxPositionParts): Row {
  store.migrate('mesh-mailbox', MAILBOX_MIGRATIONS)
  // Whichever name this computer had when it refused something, and whichever it has next.
  if (!mark.stands) store.transaction(() => store.db.exec(`UPDATE mesh_mailbox SET epoch = ''`))
  const find = store.db.prepare<[string], Row>('SELECT * FROM mesh_mailbox WHERE computer = ?')
  const known = find.get(self)
  if (known?.epoch === store.epoch) return known
  const row: Row = {
    position: known?.position ?? null,
    epoch: store.epoch,
    forgot_until: clock.now() + FORGETS_FOR_MS,
    forgotten_runs: JSON.stringify(runs()),
  }
  store.transaction(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO mesh_mailbox VALUES (?, ?, ?, ?, ?)')
      .run(self, row.position, row.epoch, row.forgot_until, row.forgotten_runs),
  )
  mark.set()
  return row
}
