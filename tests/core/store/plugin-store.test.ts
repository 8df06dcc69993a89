import { expect, test } from 'vitest'
import { openPluginStore } from '../../../core/store/plugin-store.ts'
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

test('what another version of the plugin wrote is refused', () => {
  const { store } = openJournal()
  openPluginStore(store, 'notes', [TABLE, 'CREATE TABLE notes_more (id)'])
  expect(() => openPluginStore(store, 'notes', [TABLE])).toThrow(/newer version/)
})
