import { expect, test } from 'vitest'
import { createDaemonRuns } from '../../../core/mesh/daemon-runs.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'

type Mail = readonly [from: string, boot: string, at: number]

const HOUR_MS = 3_600_000

/** The computers that returned, as seen by mail of times that are relative to `now`. */
function heard(mail: readonly Mail[]): readonly string[] {
  const returned: string[] = []
  const clock = new FakeClock()
  const hear = createDaemonRuns({ clock, onReturn: computer => returned.push(computer) })
  for (const [from, boot, at] of mail) hear({ from, boot, at: clock.now() + at })
  return returned
}

test('a computer whose mail is of another run has returned, once', () => {
  const mail: Mail[] = [
    ['beta', 'first', 1],
    ['gamma', 'other', 2],
    ['beta', 'first', 3],
    ['beta', 'second', 4],
    ['beta', 'second', 5],
  ]
  expect(heard(mail)).toEqual(['beta'])
})

test('old mail that is put back tells nothing', () => {
  const mail: Mail[] = [
    ['beta', 'first', 1],
    ['beta', 'second', 3],
    ['beta', 'first', 1],
    ['beta', 'second', 4],
  ]
  expect(heard(mail)).toEqual(['beta'])
})

test('mail from the future tells nothing, and does not silence what comes after it', () => {
  const mail: Mail[] = [
    ['beta', 'first', 1],
    ['beta', 'from the future', HOUR_MS],
    ['beta', 'first', 2],
    ['beta', 'second', 3],
  ]
  expect(heard(mail)).toEqual(['beta'])
})

test('a return is seen after the clock here was set back', () => {
  const returned: string[] = []
  let now = HOUR_MS
  const hear = createDaemonRuns({ clock: { now: () => now }, onReturn: computer => returned.push(computer) })
  hear({ from: 'beta', boot: 'first', at: now })
  now = 0
  hear({ from: 'beta', boot: 'second', at: now })
  expect(returned).toEqual(['beta'])
})
