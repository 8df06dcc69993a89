import { expect, it } from 'vitest'
import { createBatchSize } from '../../../plugins/redis/reader-batch.ts'

const MIB = 1024 * 1024

const entries = (count: number, size: number) => Array.from({ length: count }, () => ({ size }))

/** How many entries are asked for in turn, of streams that always have more. */
function counts(rounds: number, size: number, streams = 1, batch = createBatchSize()): number[] {
  return Array.from({ length: rounds }, () => {
    const { count } = batch
    batch.noteRead(Array.from({ length: streams }, () => entries(count, size)))
    return count
  })
}

it('begins with one entry, since nobody knows how large they are, and soon reads a hundred small ones', () => {
  expect(counts(9, 100)).toEqual([1, 16, 32, 64, 100, 100, 100, 100, 100])
})

it('never asks for more than some megabytes of entries like those it has read', () => {
  expect(counts(6, MIB)).toEqual([1, 3, 3, 3, 3, 3])
  expect(counts(4, 100 * MIB)).toEqual([1, 1, 1, 1])
  expect(Math.max(...counts(20, 100, 500))).toBe(4)
})

it('asks for fewer again when few have come, not at once, and always for as many as a command brings', () => {
  const batch = createBatchSize()
  counts(9, 100, 1, batch)
  const after = Array.from({ length: 8 }, () => {
    batch.noteRead([entries(1, 100)])
    return batch.count
  })
  expect(after).toEqual([50, 25, 16, 16, 16, 16, 16, 16])
})

it('asks for few at once when what has come is large', () => {
  const batch = createBatchSize()
  counts(9, 100, 1, batch)
  batch.noteRead([entries(1, 4 * MIB), entries(3, 100)])
  expect(batch.count).toBe(2)
})
