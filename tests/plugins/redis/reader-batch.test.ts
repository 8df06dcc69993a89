import { expect, test } from 'vitest'
import { createBatchSize } from '../../../plugins/redis/reader-batch.ts'

const entries = (count: number, size = 200) => Array.from({ length: count }, () => ({ size }))

test('the first read is of one entry, the next of as many as a command brings, then of more', () => {
  const batch = createBatchSize()
  expect(batch.count).toBe(1)
  batch.noteRead([entries(1)])
  expect(batch.count).toBe(16)
  batch.noteRead([entries(16)])
  expect(batch.count).toBe(32)
})

test('single entries for however long leave room for all that the next command brings', () => {
  const batch = createBatchSize()
  batch.noteRead([entries(100)])
  for (let read = 0; read < 50; read++) batch.noteRead([entries(1)])
  expect(batch.count).toBe(16)
})

test('large entries are read one by one', () => {
  const batch = createBatchSize()
  batch.noteRead([entries(1, 8 * 1024 * 1024)])
  expect(batch.count).toBe(1)
})
