import { expect, test } from 'vitest'
import { createDaemonRuns } from '../../../core/mesh/daemon-runs.ts'

function heard(...mail: readonly (readonly [from: string, boot: string, at: number])[]): readonly string[] {
  const returned: string[] = []
  const hear = createDaemonRuns(computer => returned.push(computer))
  for (const [from, boot, at] of mail) hear({ from, boot, at })
  return returned
}

test('a computer whose mail is of another run has returned, once', () => {
  const mail = [
    ['beta', 'first', 1],
    ['gamma', 'other', 2],
    ['beta', 'first', 3],
    ['beta', 'second', 4],
    ['beta', 'second', 5],
  ] as const
  expect(heard(...mail)).toEqual(['beta'])
})

test('old mail that is put back tells nothing', () => {
  const mail = [
    ['beta', 'first', 1],
    ['beta', 'second', 3],
    ['beta', 'first', 1],
    ['beta', 'second', 4],
  ] as const
  expect(heard(...mail)).toEqual(['beta'])
})
