import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { KNOWN_SCHEMAS, whyOfNewerProgram } from '../../../core/store/known-schemas.ts'
import { applyMigrations } from '../../../core/store/migrations.ts'
import { sourceFiles } from '../../support/source-files.ts'

function database(): Database.Database {
  const db = new Database(':memory:')
  onTestFinished(() => void db.close())
  return db
}

test('every part of core that has tables is known', () => {
  const owners = sourceFiles('core').flatMap(({ code }) =>
    [...code.matchAll(/\.migrate\('([\w-]+)'/g)].map(([, owner]) => owner),
  )
  expect(Object.keys(KNOWN_SCHEMAS).toSorted()).toEqual(owners.toSorted())
})

test('a database of this program is taken, one of a newer program refused, whichever part is newer', () => {
  for (const [owner, migrations] of Object.entries(KNOWN_SCHEMAS)) {
    const db = database()
    expect(whyOfNewerProgram(db, 'empty.db')).toBeNull()
    applyMigrations(db, 'file.db', owner, migrations)
    expect(whyOfNewerProgram(db, 'file.db')).toBeNull()
    db.prepare('UPDATE schema_versions SET version = version + 1').run()
    expect(whyOfNewerProgram(db, 'file.db')).toMatch(
      new RegExp(`'file.db' was written by a newer version.*${owner}: schema`),
    )
  }
})
