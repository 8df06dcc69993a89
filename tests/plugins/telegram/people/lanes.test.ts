import { expect, test } from 'vitest'
import { FakeClock } from '../../../../core/testing/fake-clock.ts'
import { Lanes } from '../../../../plugins/telegram/people/lanes.ts'

function scene() {
  const clock = new FakeClock()
  const lanes = new Lanes(clock)
  const done: string[] = []
  const floods: string[] = []
  const gate = Promise.withResolvers<void>()
  const add = (
    lane: string,
    what: string,
    work: () => Promise<void> = async () => {},
    answered: Promise<void> | null = null,
  ) =>
    lanes.run(lane, {
      async work() {
        await work()
        done.push(what)
      },
      answered,
      flooded: count => floods.push(`${what}: ${count}`),
    })
  return { clock, lanes, done, floods, add, gate }
}

test('one lane is done in its order, others meanwhile', async () => {
  const { lanes, done, add, gate } = scene()
  add('a', 'slow', () => gate.promise)
  add('a', 'after')
  add('b', 'other')
  await expect.poll(() => done).toEqual(['other'])
  gate.resolve()
  await lanes.close()
  expect(done).toEqual(['other', 'slow', 'after'])
})

test('from the first that does not fit nothing is done, until it is quiet; that is told once', async () => {
  const { clock, lanes, done, floods, add, gate } = scene()
  add('a', 'slow', () => gate.promise)
  const taken = Array.from({ length: 200 }, (_, at) => add('a', `${at + 1}`))
  expect(taken.indexOf(false)).toBe(99)
  expect(taken.slice(99).some(Boolean)).toBe(false)
  gate.resolve()
  await clock.advance(2999)
  expect(done).toHaveLength(100)
  expect(add('a', 'still too soon')).toBe(false)
  await clock.advance(2999)
  expect(floods).toEqual([])
  await clock.advance(1)
  expect(floods).toEqual(['100: 102'])
  expect(add('a', 'calm')).toBe(true)
  await lanes.close()
  expect(done.at(-1)).toBe('calm')
  expect(clock.timers).toBe(0)
})

test('of questions that wait for their answers only some are taken, of one lane', async () => {
  const { clock, lanes, done, floods, add, gate } = scene()
  const ask = (lane: string, what: string) => add(lane, what, undefined, gate.promise)
  const taken = Array.from({ length: 20 }, (_, at) => ask('a', `${at + 1}`))
  expect(taken.indexOf(false)).toBe(12)
  expect(ask('b', 'other')).toBe(true)
  expect(add('a', 'behind them')).toBe(false)
  await clock.advance(3000)
  expect(floods).toEqual(['13: 9'])
  expect(add('a', 'no question')).toBe(true)
  expect(done).toHaveLength(13)
  gate.resolve()
  await clock.advance(3000)
  expect(ask('a', 'calm')).toBe(true)
  await lanes.close()
  expect(done.slice(13)).toEqual(['no question', 'calm'])
})
