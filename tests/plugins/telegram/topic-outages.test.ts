import { describe, expect, test } from 'vitest'
import type { Room } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'
import { MINUTE_MS, timedWork } from './timed-work.ts'

describe('a Telegram that cannot be reached', () => {
  test.each([
    ['is frozen', 10, ({ telegram }: Room) => telegram.freeze(), ({ telegram }: Room) => telegram.thaw()],
    [
      'answers 500',
      10,
      ({ telegram }: Room) => telegram.faults.random({ rate: 1, seed: 1, kinds: ['500'] }),
      ({ telegram }: Room) => telegram.faults.clear(),
    ],
    [
      'cuts every line',
      10,
      ({ telegram }: Room) => telegram.faults.random({ rate: 1, seed: 1, kinds: ['disconnect-before'] }),
      ({ telegram }: Room) => telegram.faults.clear(),
    ],
    ['is gone', 60, ({ telegram }: Room) => telegram.stop(), ({ telegram }: Room) => telegram.resume()],
  ])(
    'because it %s for %i minutes says so, and then has everything, once',
    async (_, minutes, breakIt, mend) => {
      const work = await timedWork()
      await breakIt(work.room)
      await work.run('one')
      await work.pass(2 * MINUTE_MS)
      expect((await work.told()).plugin).toMatchObject({ state: 'degraded', problem: expect.any(String) })
      await work.pass((minutes - 2) * MINUTE_MS)
      await work.run('two')
      await work.pass(1000)
      await mend(work.room)
      await work.pass(2 * MINUTE_MS)
      expect(work.texts.slice(1).join('\n')).toMatch(/did one[\s\S]*did two/)
      expect(work.texts.filter(text => text.includes('did one'))).toHaveLength(1)
      expect(await work.told()).toMatchObject({ plugin: { state: 'ready' }, channel: { state: 'idle' } })
    },
  )

  test('from the start is connected to later', async () => {
    const work = await timedWork({ prepare: ({ room }) => room.telegram.stop() })
    await work.run('one')
    await work.pass(5 * MINUTE_MS)
    await work.room.telegram.resume()
    await work.pass(MINUTE_MS)
    expect(work.texts).toEqual([expect.stringContaining('🖥 work'), expect.stringContaining('did one')])
  })

  test('because it asks to wait is left alone for exactly so long', async () => {
    const work = await timedWork()
    work.room.telegram.faults.next('sendMessage', { retryAfter: 40 })
    const before = work.clock.now()
    await work.run('one')
    await work.pass(39_000)
    expect(work.texts).toHaveLength(1)
    await work.passUntil(() => work.texts.length === 2, 'the result')
    expect(work.clock.now() - before).toBeLessThan(42_000)
    expect(work.room.telegram.counts.answered(429)).toBe(1)
  })

  test('because another program hears the bot is said so, until that one has stopped', async () => {
    const work = await timedWork()
    const conflict = { code: 409, description: 'Conflict: terminated by other getUpdates request' }
    work.room.telegram.faults.next('getUpdates', conflict, 3)
    work.room.telegram.cutAll()
    await work.pass(10_000)
    expect((await work.told()).plugin).toMatchObject({
      state: 'degraded',
      problem: expect.stringContaining('stop the other one'),
    })
    await work.run('one')
    await work.pass(5000)
    expect(work.texts.at(-1)).toContain('did one')
    await work.pass(3 * MINUTE_MS)
    expect((await work.told()).plugin).toMatchObject({ state: 'ready' })
  })
})

describe('a daemon that stops', () => {
  test.each([
    ['frozen', ({ telegram }: Room) => telegram.freeze(), ({ telegram }: Room) => telegram.thaw()],
    [
      'limiting',
      ({ telegram }: Room) => telegram.faults.next('*', { retryAfter: 3600 }, 3),
      ({ telegram }: Room) => telegram.faults.clear(),
    ],
    ['away', ({ telegram }: Room) => telegram.stop(), ({ telegram }: Room) => telegram.resume()],
  ])(
    'while Telegram is %s leaves no timer and no connection, and loses nothing',
    async (_, breakIt, mend) => {
      const work = await timedWork()
      await breakIt(work.room)
      await work.run('one')
      await work.pass(5000)
      const before = work.clock.now()
      await work.stop()
      expect(work.clock.now() - before).toBeLessThan(5000)
      expect(work.clock.timers).toBe(0)
      await until(() => work.room.telegram.counts.connections === 0, 'the end of all connections')
      await until(() => work.room.telegram.counts.connections === 0, 'the end of all connections')
      await mend(work.room)
      await work.host.start()
      await work.pass(MINUTE_MS)
      expect(work.texts.filter(text => text.includes('did one'))).toHaveLength(1)
    },
  )
})
