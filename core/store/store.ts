import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Logger } from 'pino'
import type { Clock, Timer } from '../clock.ts'
import type { Epoch } from '../ids.ts'
import { type Lineage, openLineage, wasClosedCleanly } from './lineage.ts'
import { applyMigrations } from './migrations.ts'
import { asStoreError, damaged } from './store-errors.ts'

/** The one database of a daemon. */
export interface Store {
  readonly db: Database.Database
  /** Random; another one whenever what is numbered in this database may mean something else than before. */
  readonly epoch: Epoch
  /** An older copy of the database was put in the place of the one last used. */
  readonly restored: boolean
  /** The computer, or the container, was started anew since the database was last used, or that was not noted yet. */
  readonly rebooted: boolean
  /** What follows from that was noted: until then a crash keeps it. @throws TC_ERR_DISK_FULL, TC_ERR_STORE */
  noteReboot(): void
  /**
   * Applies those of `migrations` that `owner` (core's parts, or a plugin) has not applied yet, in order.
   * Never change or remove one that was published: add another.
   * @throws TC_ERR_STORE_NEWER
   */
  migrate(owner: string, migrations: readonly string[]): void
  /**
   * Commits what `fn` does to the database, or nothing of it if it throws. Within another transaction it joins that.
   * @throws TC_ERR_DISK_FULL, TC_ERR_STORE, TC_ERR_STORE_CORRUPT
   */
  transaction<T>(fn: () => T): T
  close(): void
}

export interface StoreOptions {
  readonly file: string
  readonly clock: Clock
  readonly log: Logger
}

/** A lock is held only by another daemon or a person's sqlite3, so waiting long for it helps nobody. */
const BUSY_TIMEOUT_MS = 250
/** Appending needs the last few pages, and readers of the live tail none; better-sqlite3 would take 16 MB. */
const CACHE_KIB = 2048
/**
 * 4 MiB of log before it is copied into the database. Copying is synchronous and includes an fsync: measured, 18 ms at
 * worst for 4 MiB and 70 ms for 64 MiB, with no difference in throughput.
 */
const CHECKPOINT_PAGES = 1024
/** Checking 4 MiB takes a few milliseconds, so it is always done. */
const CHECK_ALWAYS_BYTES = 4 * 2 ** 20
/** After a crash more is checked, but no more than takes about a second: terminals wait meanwhile. */
const CHECK_AFTER_CRASH_BYTES = 256 * 2 ** 20
/** An older copy is recognised if it was made at least this long before the original was last used. */
const GENERATION_MS = 60_000

/**
 * Opens the database, making it (0600) if there is none.
 * @throws TC_ERR_STORE_CORRUPT, TC_ERR_STORE, TC_ERR_DISK_FULL
 */
export function openStore({ file, clock, log }: StoreOptions): Store {
  const db = openDatabase(file)
  try {
    return createStore(db, { file, clock, log })
  } catch (error) {
    db.close()
    throw asStoreError(error, file)
  }
}

function openDatabase(file: string): Database.Database {
  try {
    // Made before SQLite does, which would let the umask decide who may read it. Its log files inherit the mode.
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
    return new Database(file, { timeout: BUSY_TIMEOUT_MS })
  } catch (error) {
    throw asStoreError(error, file)
  }
}

function createStore(db: Database.Database, options: StoreOptions): Store {
  const { file, clock, log } = options
  // One program uses the file; not sharing it makes a small commit a third cheaper and keeps a second daemon out.
  db.pragma('locking_mode = EXCLUSIVE')
  checkIntegrity(db, file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma(`cache_size = -${CACHE_KIB}`)
  db.pragma('foreign_keys = ON')
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)

  const transact = createTransactions(db, file)
  const lineage = transact(() => {
    const opened = openLineage(db, options)
    opened.countUp(false)
    return opened
  })
  lineage.publish()
  if (lineage.broken) log.info({ epoch: lineage.epoch }, `new journal epoch: the database ${lineage.broken}`)
  const generations = countGenerations(clock, log, lineage, transact)
  return {
    db,
    epoch: lineage.epoch,
    restored: lineage.broken === 'was restored',
    rebooted: lineage.rebooted,
    noteReboot: () => transact(() => lineage.noteReboot()),
    migrate: (owner, migrations) => transact(() => applyMigrations(db, file, owner, migrations)),
    transaction(fn) {
      const result = transact(fn)
      generations.onCommit()
      return result
    },
    close() {
      if (!db.open) return
      generations.stop()
      closeDatabase(db, lineage, transact, log)
    },
  }
}

type Transact = <T>(fn: () => T) => T

/** better-sqlite3's own `transaction()` wraps anew at every call; the journal commits too often for that. */
function createTransactions(db: Database.Database, file: string): Transact {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')
  return fn => {
    if (db.inTransaction) return fn()
    try {
      begin.run()
      const result = fn()
      commit.run()
      return result
    } catch (error) {
      // Some failures (a full disk) have already rolled back by themselves.
      if (db.open && db.inTransaction) rollback.run()
      throw asStoreError(error, file)
    }
  }
}

function checkIntegrity(db: Database.Database, file: string): void {
  const bytes = statSync(file).size
  if (bytes === 0) return
  const limit = wasClosedCleanly(db) ? CHECK_ALWAYS_BYTES : CHECK_AFTER_CRASH_BYTES
  if (bytes > limit) return
  const finding = db.pragma('quick_check(1)', { simple: true })
  if (finding !== 'ok') throw damaged(file, String(finding))
}

/** While there are commits, counts a generation every minute. */
function countGenerations(clock: Clock, log: Logger, lineage: Lineage, transact: Transact) {
  let timer: Timer | null = null
  const count = () => {
    timer = null
    try {
      transact(() => lineage.countUp(false))
      lineage.publish()
    } catch (error) {
      log.warn({ err: error }, 'cannot count the generation of the database')
    }
  }
  return {
    onCommit: () => {
      timer ??= clock.setTimeout(count, GENERATION_MS, { ref: false })
    },
    stop: () => timer?.cancel(),
  }
}

/** A full disk must not keep a daemon from closing: the next opening then takes it for a crash. */
function closeDatabase(db: Database.Database, lineage: Lineage, transact: Transact, log: Logger): void {
  try {
    transact(() => lineage.countUp(true))
  } catch (error) {
    log.warn({ err: error }, 'the database could not be marked as closed')
  }
  db.close()
  lineage.publish()
}
