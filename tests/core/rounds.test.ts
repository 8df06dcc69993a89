import { expect, it } from 'vitest'
import { createRounds } from '../../core/rounds.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { capturedLog } from '../support/captured-log.ts'

it('does it again after each interval, until it is disposed of', async () => {
  const clock = new FakeClock()
  let count = 0
  const rounds = createRounds({ clock, log: capturedLog().log }, 1000, () => {
    count += 1
  })
  await clock.advance(999)
  expect(count).toBe(0)
  await clock.advance(1)
  await clock.advance(1000)
  expect(count).toBe(2)
  rounds[Symbol.dispose]()
  await clock.advance(5000)
  expect(count).toBe(2)
})

it('logs one that fails, and does it again', async () => {
  const clock = new FakeClock()
  const { log, records } = capturedLog()
  let count = 0
  const rounds = createRounds({ clock, log }, 1000, () => {
    count += 1
    throw new Error('no room')
  })
  await clock.advance(1000)
  await clock.advance(1000)
  rounds[Symbol.dispose]()
  expect(count).toBe(2)
  expect(records()).toMatchObject([{ err: { message: 'no room' } }, { err: { message: 'no room' } }])
})
