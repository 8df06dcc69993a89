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
  if (version > migrations.length) throw newer(file, owner, version, migrations)
  for (const sql of migrations.slice(version)) db.exec(sql)
  db.prepare(
    'INSERT INTO schema_versions VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version',
  ).run(owner, migrations.length)
}

/** Only looks. @throws TC_ERR_STORE_NEWER if `owner` has applied more than these `migrations` */
export function refuseNewer(db: Database, file: string, owner: string, migrations: readonly string[]): void {
  const isMade = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'").get() !== undefined
  const version = isMade ? versionOf(db, owner) : 0
  if (version > migrations.length) throw newer(file, owner, version, migrations)
}

function versionOf(db: Database, owner: string): number {
  const row = db
    .prepare<[string], { version: number }>('SELECT version FROM schema_versions WHERE owner = ?')
    .get(owner)
  return row?.version ?? 0
}

function newer(file: string, owner: string, version: number, known: readonly string[]): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_STORE_NEWER',
    `The database '${file}' was written by a newer version of the program (${owner}: schema ${version}, this version ` +
      `knows ${known.length}). Install that version or a later one, or set TELECLAUDE_STATE_DIR to another folder; the file is left as it is.`,
  )
}
