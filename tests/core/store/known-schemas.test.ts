import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { KNOWN_SCHEMAS, refuseNewerSchemas } from '../../../core/store/known-schemas.ts'
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
    refuseNewerSchemas(db, 'empty.db')
    applyMigrations(db, 'file.db', owner, migrations)
    refuseNewerSchemas(db, 'file.db')
    db.prepare('UPDATE schema_versions SET version = version + 1').run()
    expect(() => refuseNewerSchemas(db, 'file.db')).toThrow(
      expect.objectContaining({ code: 'TC_ERR_STORE_NEWER', message: expect.stringContaining(owner) }),
    )
  }
})
