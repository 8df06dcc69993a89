import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.ts'
import { seededRandom } from './scheduled-bot.ts'
import { servingBot } from './serving-bot.ts'

const MINUTE = 60_000
const SESSIONS = 50
/** The minute that is used up, and a turn of every session. */
const FINAL_WITHIN_MS = 61_000 + SESSIONS * (61_000 / 20)

type Started = ReturnType<Awaited<ReturnType<typeof servingBot>>['start']>

/** A session that prints all the time: its live message shows the newest line, once it has its turn. */
async function printing({ send }: Started, chat_id: number, name: string) {
  const live = { line: 0, isPrinting: true, id: 0, done: Promise.resolve() }
  const shown = () => `${name} line ${live.line}`
  const turn = { lane: name, priority: 'live' } as const
  const first = await send({ lane: name, priority: 'reply' }, 'sendMessage', () => ({
    chat_id,
    text: shown(),
  }))
  live.id = first.message_id
  const keepShowing = async () => {
    for (let known = live.line; live.isPrinting || known !== live.line; ) {
      live.line++
      await send(turn, 'editMessageText', () => {
        known = live.line
        return { chat_id, message_id: live.id, text: shown() }
      })
    }
  }
  return Object.assign(live, { shown, done: keepShowing() })
}

describe('50 sessions that print at full speed into one group of Telegram', () => {
  it('are never limited; every result comes within the bound, and the last live state is the true one', async () => {
    await using world = await servingBot()
    const { telegram, forum, clock, pass } = world
    const bot = world.start()
    const starting = Array.from({ length: SESSIONS }, (_, index) =>
      printing(bot, forum.id, `session ${index}`),
    )
    await pass(4 * MINUTE)
    const sessions = await Promise.all(starting)
    const waited: number[] = []
    const finish = async (index: number) => {
      const since = clock.monotonic()
      const text = `result of session ${index}`
      await bot.send({ lane: `session ${index}`, priority: 'final' }, 'sendMessage', () => ({
        chat_id: forum.id,
        text,
      }))
      waited.push(clock.monotonic() - since)
    }
    const finishing = sessions.map((_, index) => finish(index))
    await pass(FINAL_WITHIN_MS)
    await Promise.all(finishing)
    expect(Math.max(...waited)).toBeLessThanOrEqual(FINAL_WITHIN_MS)
    for (const session of sessions) {
      session.isPrinting = false
      session.line = 1_000_000
    }
    await pass(10 * MINUTE)
    await Promise.all(sessions.map(session => session.done))
    for (const { id, shown } of sessions) expect(forum.message(id)?.text).toBe(shown())
    expect(telegram.counts.limited).toBe(0)
    expect(bot.outgoing.status()).toMatchObject({ waiting: 0, limited: 0, problem: null })
  })

  it('are limited at most once by a daemon that was started again in the middle', async () => {
    await using world = await servingBot()
    const { telegram, forum, pass } = world
    for (let run = 0; run < 2; run++) {
      const bot = world.start()
      for (let index = 0; index < 60; index++) {
        const turn = { lane: `session ${index}`, priority: 'final' } as const
        bot.send(turn, 'sendMessage', () => ({ chat_id: forum.id, text: `${run}` })).catch(() => {})
      }
      await pass(run === 0 ? 50_000 : 5 * MINUTE)
      await bot.outgoing.close()
    }
    expect(telegram.counts.limited).toBe(1)
    expect(forum.texts.filter(text => text === '1')).toHaveLength(60)
  })
})

describe('a Telegram that fails', () => {
  it('on a third of the calls gets everything all the same, each in its lane’s order, none twice', async () => {
    await using world = await servingBot()
    const { telegram, forum, pass } = world
    telegram.faults.random({ rate: 0.3, seed: 7, kinds: ['429', '500', '502', 'disconnect-before'] })
    const bot = world.start()
    const random = seededRandom(3)
    const sending = Array.from({ length: 80 }, (_, index) => {
      const lane = Math.floor(random() * 8)
      const text = `${lane}: ${index}`
      return bot.send({ lane: `${lane}`, priority: 'final' }, 'sendMessage', () => ({
        chat_id: forum.id,
        text,
      }))
    })
    await pass(30 * MINUTE)
    await Promise.all(sending)
    expect(telegram.faults.given.size).toBe(4)
    expect(new Set(forum.texts).size).toBe(80)
    expect(forum.texts).toHaveLength(80)
    const perLane = Map.groupBy(forum.texts, text => text.split(':')[0])
    for (const texts of perLane.values()) {
      const order = texts.map(text => Number(text.split(': ')[1]))
      expect(order).toEqual(order.toSorted((a, b) => a - b))
    }
  })

  it('after it did what it was asked is asked again: what is doubled is what cannot be known', async () => {
    await using world = await servingBot()
    const { telegram, forum, pass } = world
    const bot = world.start()
    telegram.faults.next('sendMessage', 'disconnect-after')
    const sent = bot.send({ lane: 'a', priority: 'final' }, 'sendMessage', () => ({
      chat_id: forum.id,
      text: 'result',
    }))
    await pass(MINUTE)
    await sent
    expect(forum.texts).toEqual(['result', 'result'])
  })

  it('by never answering is asked again when the time is over', async () => {
    await using world = await servingBot()
    const { telegram, forum, pass, clock } = world
    const bot = world.start()
    telegram.faults.next('sendMessage', 'timeout')
    const sent = bot.send({ lane: 'a', priority: 'final' }, 'sendMessage', () => ({
      chat_id: forum.id,
      text: 'result',
    }))
    await until(() => telegram.counts.of('sendMessage') === 1)
    await clock.advance(30_000)
    await pass(5000)
    await sent
    expect(forum.texts).toEqual(['result'])
  })

  it('for an hour, since the network is gone, gets everything when it is back, within seconds', async () => {
    await using world = await servingBot()
    const { telegram, forum, pass } = world
    const bot = world.start()
    await telegram.stop()
    const sending = Array.from({ length: 10 }, (_, index) =>
      bot.send({ lane: `${index}`, priority: 'final' }, 'sendMessage', () => ({
        chat_id: forum.id,
        text: `${index}`,
      })),
    )
    await pass(60 * MINUTE)
    expect(bot.outgoing.status().problem).toContain('ECONNREFUSED')
    await telegram.resume()
    await pass(30_000 + 15_000)
    await Promise.all(sending)
    expect(forum.texts.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(world.lines.join()).not.toContain(world.bot.token)
  })

  it('to be in the group that was upgraded says where it is, and the budget goes along', async () => {
    await using world = await servingBot()
    const { telegram, pass, bot } = world
    const group = telegram.createGroup({ title: 'Plain' })
    telegram.join(group, bot, { admin: true })
    const started = world.start()
    const turn = { lane: 'a', priority: 'final', chat: group.id } as const
    const first = started.send(turn, 'sendMessage', () => ({ chat_id: group.id, text: 'before' }))
    await pass(5000)
    await first
    const upgraded = telegram.upgrade(group)
    const second = started
      .send(turn, 'sendMessage', () => ({ chat_id: group.id, text: 'after' }))
      .catch(thrown => thrown)
    await pass(5000)
    expect(await second).toMatchObject({ kind: 'migrated', migratedTo: upgraded.id })
  })
})
