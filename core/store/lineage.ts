import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import { type Epoch, newEpoch } from '../ids.ts'
import { bootId, firstProcess } from './boot-id.ts'

/**
 * Which history a database file belongs to. Beside the file stands another that counts generations; a database that
 * counts fewer is an older copy that somebody put back, and so is one in another inode than it was written in.
 */
export interface Lineage {
  readonly epoch: Epoch
  /** Why the epoch is another one than at the last opening, or null. */
  readonly broken: 'was made anew' | 'was restored' | 'lost its newest commits' | null
  /** The computer, or the container, was started anew since the last opening, or that was not noted yet. */
  readonly rebooted: boolean
  /** What follows from that was noted. Call within a transaction. */
  noteReboot(): void
  /** Counts one generation, in the database. Call within a transaction. */
  countUp(clean: boolean): void
  /** Tells the file beside the database. Call after the transaction, so that it never runs ahead. */
  publish(): void
}

const SCHEMA =
  'CREATE TABLE IF NOT EXISTS store_facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID'

/** Whether the last program to use the database closed it. */
export function wasClosedCleanly(db: Database): boolean {
  const exists = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'store_facts'`).get()
  return exists !== undefined && factsOf(db).get('clean') === '1'
}

/** Reads the lineage and writes a new one where the old has ended. Call within a transaction. */
export function openLineage(db: Database, options: { file: string; clock: Clock; log: Logger }): Lineage {
  const { file, clock, log } = options
  db.exec(SCHEMA)
  const facts = factsOf(db)
  // The device is left out: its number may change whenever the computer starts. A copy has another inode.
  const here = { inode: String(statSync(file, { bigint: true }).ino), boot: bootId(clock) }
  const published = readPublished(file)
  const broken = whatBroke(facts, here, published)
  const runs = { boot: here.boot, first_process: firstProcess() }
  const rebooted = facts.get('rebooted') === '1' || isAnother(facts, runs)
  const known = facts.get('epoch') as Epoch | undefined // only ever written below
  const epoch = broken || !known ? newEpoch() : known
  let generation = Math.max(Number(facts.get('generation') ?? 0), published)
  const write = db.prepare(
    'INSERT INTO store_facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  for (const [key, value] of Object.entries({ ...here, ...runs, epoch })) write.run(key, value)
  if (rebooted) write.run('rebooted', '1')
  return {
    epoch,
    broken,
    rebooted,
    noteReboot: () => void write.run('rebooted', '0'),
    countUp(clean) {
      generation += 1
      write.run('generation', String(generation))
      write.run('clean', clean ? '1' : '0')
    },
    publish() {
      try {
        writeFileSync(`${file}.generation.new`, `${generation}\n`, { mode: 0o600 })
        renameSync(`${file}.generation.new`, `${file}.generation`)
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'cannot count the generation of the database')
      }
    },
  }
}

/** What was not known before tells nothing. */
function isAnother(facts: ReadonlyMap<string, string>, runs: Readonly<Record<string, string>>): boolean {
  return Object.entries(runs).some(([key, run]) => facts.has(key) && facts.get(key) !== run)
}

function whatBroke(
  facts: ReadonlyMap<string, string>,
  here: { inode: string; boot: string },
  published: number,
): Lineage['broken'] {
  if (!facts.has('epoch')) return 'was made anew'
  if (Number(facts.get('generation')) < published || facts.get('inode') !== here.inode) return 'was restored'
  // Commits are handed to the system, not forced to the disk: a power cut may take back some that readers have seen.
  if (facts.get('clean') !== '1' && facts.get('boot') !== here.boot) return 'lost its newest commits'
  return null
}

function factsOf(db: Database): Map<string, string> {
  const rows = db.prepare<[], { key: string; value: string }>('SELECT key, value FROM store_facts').all()
  return new Map(rows.map(row => [row.key, row.value]))
}

function readPublished(file: string): number {
  try {
    const generation = Number(readFileSync(`${file}.generation`, 'utf8'))
    return Number.isSafeInteger(generation) && generation > 0 ? generation : 0
  } catch {
    return 0
  }
}
