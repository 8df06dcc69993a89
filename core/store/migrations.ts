import type { Database } from 'better-sqlite3'
import { TeleclaudeError } from '../errors.ts'

const SCHEMA =
  'CREATE TABLE IF NOT EXISTS schema_versions (owner TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID'

/**
 * Applies those of `migrations` that `owner` has not applied yet; a migration's number is its place in the list.
 * Call within a transaction.
 * @throws TC_ERR_STORE_NEWER if more were applied than are known
 */
export function applyMigrations(
  db: Database,
  file: string,
  owner: string,
  migrations: readonly string[],
): void {
  db.exec(SCHEMA)
  const version = versionOf(db, owner)
  refuseNewer(file, { owner, version, known: migrations.length })
  for (const sql of migrations.slice(version)) db.exec(sql)
  db.prepare(
    'INSERT INTO schema_versions VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version',
  ).run(owner, migrations.length)
}

/** How far a part of the database is, and how far this program knows it. */
interface Schema {
  readonly owner: string
  readonly version: number
  readonly known: number
}

/** What to do about a database of a newer program. */
export const INSTALL_NEWER =
  'Install that version or a later one, or set TELECLAUDE_STATE_DIR to another folder; the file is left as it is.'

function refuseNewer(file: string, schema: Schema): void {
  const what = newerThanKnown(file, schema)
  if (what !== null) throw new TeleclaudeError('TC_ERR_STORE_NEWER', `${what} ${INSTALL_NEWER}`)
}

function newerThanKnown(file: string, { owner, version, known }: Schema): string | null {
  if (version <= known) return null
  return `The database '${file}' was written by a newer version of the program (${owner}: schema ${version}, this version knows ${known}).`
}

/** Only looks: says it where `owner` has applied more than these `migrations`. */
export function whyNewer(
  db: Database,
  file: string,
  owner: string,
  migrations: readonly string[],
): string | null {
  const isMade = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'").get() !== undefined
  return newerThanKnown(file, { owner, version: isMade ? versionOf(db, owner) : 0, known: migrations.length })
}

function versionOf(db: Database, owner: string): number {
  const row = db
    .prepare<[string], { version: number }>('SELECT version FROM schema_versions WHERE owner = ?')
    .get(owner)
  return row?.version ?? 0
}
