import { expect, test } from 'vitest'
import { openPluginStore } from '../../../core/store/open-plugin-store.ts'
import { openJournal } from '../../support/open-journal.ts'

const TABLE = 'CREATE TABLE notes_text (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'

test('a plugin has tables of its own, each script applied once', () => {
  const { file, store, close } = openJournal()
  const notes = openPluginStore(store, 'notes', [TABLE])
  expect(notes.prepare('INSERT INTO notes_text (text) VALUES (?)').run('kept')).toEqual({ changes: 1 })
  close()
  const again = openPluginStore(openJournal({ file }).store, 'notes', [
    TABLE,
    'ALTER TABLE notes_text ADD COLUMN author TEXT',
  ])
  expect(again.prepare('SELECT text, author FROM notes_text').all()).toEqual([{ text: 'kept', author: null }])
})

test('a plugin named like a part of core has its own scripts all the same', () => {
  const { store } = openJournal()
  const own = openPluginStore(store, 'journal', [TABLE])
  expect(own.prepare('SELECT count(*) AS count FROM notes_text').get()).toEqual({ count: 0 })
})

test('a transaction that throws leaves nothing behind', () => {
  const notes = openPluginStore(openJournal().store, 'notes', [TABLE])
  const insert = notes.prepare('INSERT INTO notes_text (text) VALUES (?)')
  const failing = () =>
    notes.transaction(() => {
      insert.run('gone')
      throw new Error('on purpose')
    })
  expect(failing).toThrow('on purpose')
  expect(notes.prepare('SELECT * FROM notes_text').all()).toEqual([])
})

test('whatever SQLite refuses is an error of the table, also where a statement gives rows back', () => {
  const { store } = openJournal()
  const notes = openPluginStore(store, 'notes', [TABLE])
  const returning = notes.prepare<{ id: number }>('INSERT INTO notes_text (text) VALUES (?) RETURNING id')
  expect(returning.get('first')).toEqual({ id: 1 })
  expect(returning.all('second')).toEqual([{ id: 2 }])
  const refused = expect.objectContaining({ code: 'TC_ERR_STORE' })
  expect(() => returning.get(null)).toThrow(refused)
  expect(() => returning.all(null)).toThrow(refused)
  expect(() => notes.prepare('SELECT * FROM nowhere')).toThrow(refused)
  store.db.pragma('query_only = ON')
  expect(() => returning.get('third')).toThrow(refused)
})

test('a full disk is told as one, also where a statement gives rows back', () => {
  const { store } = openJournal()
  const notes = openPluginStore(store, 'notes', [TABLE])
  const returning = notes.prepare('INSERT INTO notes_text (text) VALUES (?) RETURNING id')
  store.db.pragma(`max_page_count = ${store.db.pragma('page_count', { simple: true })}`)
  const full = expect.objectContaining({ code: 'TC_ERR_DISK_FULL' })
  expect(() => returning.get('x'.repeat(100_000))).toThrow(full)
  expect(notes.prepare('SELECT * FROM notes_text').all()).toEqual([])
})

test('an asynchronous transaction is refused, and leaves nothing behind', async () => {
  const notes = openPluginStore(openJournal().store, 'notes', [TABLE])
  const insert = notes.prepare('INSERT INTO notes_text (text) VALUES (?)')
  const asynchronous = () =>
    notes.transaction(async () => {
      insert.run('gone')
      throw new Error('that nobody would see')
    })
  const refused = expect.objectContaining({
    code: 'TC_ERR_INTERNAL',
    message: expect.stringContaining("'notes'"),
  })
  expect(asynchronous).toThrow(refused)
  expect(notes.prepare('SELECT * FROM notes_text').all()).toEqual([])
  expect(notes.transaction(() => insert.run('kept'))).toEqual({ changes: 1 })
})

test('what another version of the plugin wrote is refused', () => {
  const { store } = openJournal()
  openPluginStore(store, 'notes', [TABLE, 'CREATE TABLE notes_more (id)'])
  expect(() => openPluginStore(store, 'notes', [TABLE])).toThrow(/newer version/)
})
