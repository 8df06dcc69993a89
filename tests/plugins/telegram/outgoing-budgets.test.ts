import { describe, expect, it } from 'vitest'
import { sleep } from '../../../core/clock.ts'
import { TelegramFault } from '../../../plugins/telegram/api/fault.ts'
import { type Priority, UNUSED } from '../../../plugins/telegram/outgoing/outgoing.ts'
import { fault, mostWithin, scheduledBot, seededRandom } from './scheduled-bot.ts'

const MINUTE = 60_000

describe('the budgets of a bot', () => {
  it('are kept in any minute and second, wherever in its flight a call is counted', async () => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed)
      const { clock, send } = scheduledBot()
      const counted: number[] = []
      const call = async () => {
        const flightMs = Math.floor(random() ** 4 * 900)
        const uplinkMs = Math.floor(random() * flightMs)
        await sleep(clock, uplinkMs)
        counted.push(clock.monotonic())
        await sleep(clock, flightMs - uplinkMs)
      }
      for (let minute = 0; minute < 15; minute++) {
        for (let index = 0; index < random() * 30; index++) {
          const priority = (['final', 'reply', 'live'] as const)[Math.floor(random() * 3)] as Priority
          send('job', { lane: `${Math.floor(random() * 10)}`, priority, call })
        }
        await clock.advance(random() * 2 * MINUTE)
      }
      expect(mostWithin(counted, MINUTE)).toBeLessThanOrEqual(20)
      expect(mostWithin(counted, 1000)).toBe(1)
    }
  })

  it('are used up: 20 in the first minute where that much waits', async () => {
    const { clock, sent, send } = scheduledBot()
    for (let index = 0; index < 60; index++) send('job', { lane: `${index}` })
    await clock.advance(MINUTE)
    expect(sent).toHaveLength(20)
    await clock.advance(2 * MINUTE + 3000)
    expect(sent).toHaveLength(60)
  })

  it('keep room for results: live output alone never fills a minute', async () => {
    const { clock, submit, sent } = scheduledBot()
    const keepBusy = async (lane: string) => {
      for (;;) await submit('live', { lane, priority: 'live' })
    }
    for (let index = 0; index < 5; index++) void keepBusy(`session ${index}`)
    await clock.advance(10 * MINUTE)
    const times = sent.map(each => each.at)
    expect(mostWithin(times, MINUTE)).toBeLessThanOrEqual(16)
    expect(times.length).toBeGreaterThanOrEqual(120)
    const asked = clock.monotonic()
    for (let index = 0; index < 3; index++) await Promise.all([submit('final'), clock.advance(1100)])
    expect(clock.monotonic() - asked).toBeLessThan(4000)
  })

  it('count a call that never came back from Telegram, but not one that never left', async () => {
    const { clock, sent, send } = scheduledBot({ budgets: { perMinute: 2 } })
    const unreached = [true]
    send('refused connection', {
      call: () => (unreached.pop() ? Promise.reject(fault.unreached()) : Promise.resolve()),
    })
    await clock.advance(5000)
    send('second')
    await clock.advance(5000)
    expect(sent.map(each => each.name)).toEqual(['refused connection', 'refused connection', 'second'])
    send('third')
    await clock.advance(30_000)
    expect(sent).toHaveLength(3)
  })

  it('are each chat’s own, and together those of the bot', async () => {
    const { clock, sent, send } = scheduledBot({ budgets: { botPerSecond: 5 } })
    for (let chat = 1; chat <= 20; chat++) send('hello', { chat, lane: `user:${chat}`, priority: 'reply' })
    await clock.advance(0)
    expect(sent).toHaveLength(5)
    await clock.advance(10_000)
    expect(sent).toHaveLength(20)
    expect(
      mostWithin(
        sent.map(each => each.at),
        1000,
      ),
    ).toBeLessThanOrEqual(5)
  })

  it('of the bot are shared by its chats in turns', async () => {
    const { clock, sent, send } = scheduledBot({ budgets: { botPerSecond: 1 } })
    for (let index = 0; index < 30; index++) {
      const chat = 1 + (index % 3)
      send(`to ${chat}`, { chat, lane: `${index}` })
    }
    await clock.advance(11_900)
    const counts = [1, 2, 3].map(chat => sent.filter(each => each.name === `to ${chat}`).length)
    expect(counts).toEqual([4, 4, 4])
  })

  it('of a minute are of groups only', async () => {
    const { clock, sent, send } = scheduledBot()
    for (let index = 0; index < 40; index++) send('hello', { chat: 7, lane: `${index}`, priority: 'reply' })
    await clock.advance(MINUTE)
    expect(sent).toHaveLength(40)
  })

  it('are not touched by calls that count against no chat', async () => {
    const { clock, sent, outgoing, send } = scheduledBot({ budgets: { perMinute: 1 } })
    const answers = Array.from({ length: 10 }, (_, index) =>
      outgoing.submitFree('press', () => Promise.resolve(index)),
    )
    send('final')
    await clock.advance(0)
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(sent).toHaveLength(1)
    expect(outgoing.status().sent).toEqual({ final: 1, reply: 0, live: 0, free: 10 })
  })

  it('of calls that count against no chat are limited by kind', async () => {
    const { clock, outgoing } = scheduledBot()
    let limits = 1
    const menu = outgoing.submitFree('setup', async () => {
      if (limits-- > 0) throw fault.limited(600)
      return 'told'
    })
    await clock.advance(0)
    const press = outgoing.submitFree('press', () => Promise.resolve('answered'))
    await clock.advance(0)
    await expect(press).resolves.toBe('answered')
    await clock.advance(599_000)
    expect(outgoing.status()).toMatchObject({ waiting: 1, limited: 1 })
    await clock.advance(1000)
    await expect(menu).resolves.toBe('told')
  })

  it('are not used by what asks nothing of Telegram after all', async () => {
    const { clock, names, send, outgoing } = scheduledBot({ budgets: { perMinute: 1 } })
    const call = () => Promise.resolve(UNUSED)
    for (let index = 0; index < 5; index++) send('nothing', { lane: `${index}`, priority: 'live', call })
    send('final', { lane: 'last', priority: 'live' })
    await clock.advance(MINUTE)
    expect(names().at(-1)).toBe('final')
    expect(outgoing.status().sent).toMatchObject({ live: 1 })
  })

  it('of live output are not used by what asks nothing, or was not asked', async () => {
    const { clock, names, send } = scheduledBot({ budgets: { livePerMinute: 1 } })
    const unsent = () =>
      Promise.reject(new TelegramFault('kicked', 'is known', { method: 'sendMessage', isUnsent: true }))
    send('nothing', { lane: 'a', priority: 'live', call: () => Promise.resolve(UNUSED) })
    send('not asked', { lane: 'b', priority: 'live', call: unsent })
    send('live', { lane: 'c', priority: 'live' })
    send('too soon', { lane: 'd', priority: 'live' })
    await clock.advance(5000)
    expect(names()).toEqual(['nothing', 'not asked', 'live'])
  })

  it('move with a group that gets a new id', async () => {
    const { clock, submit, sent, send } = scheduledBot({ budgets: { perMinute: 2 } })
    const moved = submit('moved', { call: () => Promise.reject(fault.migrated(-200)) })
    await expect(Promise.all([moved, clock.advance(0)])).rejects.toMatchObject({
      kind: 'migrated',
      migratedTo: -200,
    })
    await clock.advance(2000)
    send('to the new id', { chat: -200 })
    send('to the new id', { chat: -200 })
    await clock.advance(30_000)
    expect(sent).toHaveLength(2)
    await clock.advance(MINUTE)
    expect(sent).toHaveLength(3)
  })
})

describe('retry_after', () => {
  it('is kept to exactly, for the whole chat, and what was refused goes first', async () => {
    const { clock, sent, outgoing, send } = scheduledBot()
    let refusals = 1
    send('refused', {
      lane: 'a',
      call: () => (refusals-- > 0 ? Promise.reject(fault.limited(17)) : Promise.resolve()),
    })
    for (let index = 0; index < 3; index++) send('other', { lane: `b${index}` })
    await clock.advance(0)
    expect(outgoing.status()).toMatchObject({ pausedUntil: clock.now() + 17_000, limited: 1, waiting: 4 })
    await clock.advance(16_999)
    expect(sent).toEqual([{ name: 'refused', at: 0 }])
    await clock.advance(1)
    expect(sent).toEqual([
      { name: 'refused', at: 0 },
      { name: 'refused', at: 17_000 },
    ])
    expect(outgoing.status().pausedUntil).toBeNull()
  })

  it('of one chat does not stop another', async () => {
    const { clock, names, send } = scheduledBot()
    let refusals = 1
    send('group', { call: () => (refusals-- > 0 ? Promise.reject(fault.limited(60)) : Promise.resolve()) })
    await clock.advance(100)
    send('person', { chat: 5 })
    await clock.advance(100)
    expect(names()).toEqual(['group', 'person'])
  })

  it('may be longer than a timer can wait', async () => {
    const { clock, sent, send } = scheduledBot()
    const days = 40 * 24 * 3600
    let refusals = 1
    send('refused', {
      call: () => (refusals-- > 0 ? Promise.reject(fault.limited(days)) : Promise.resolve()),
    })
    await clock.advance(0)
    expect(clock.nextInMs).toBeLessThan(2 ** 31)
    await clock.advance(days * 1000)
    expect(sent.map(each => each.at)).toEqual([0, days * 1000])
  })

  it('comes once where Telegram still counts what was sent before a restart', async () => {
    const { clock, outgoing, sent, send } = scheduledBot()
    const secondsAgo = [50, ...Array.from({ length: 19 }, (_, index) => 19 - index)]
    const before = secondsAgo.map(seconds => clock.monotonic() - seconds * 1000)
    const call = countingCall(clock, before)
    for (let index = 0; index < 40; index++) send('job', { lane: `${index}`, call })
    await clock.advance(5 * MINUTE)
    expect(outgoing.status()).toMatchObject({ limited: 1, waiting: 0 })
    expect(sent).toHaveLength(41)
  })

  it('teaches that Telegram allows less than was thought, seldom asking for more', async () => {
    const { clock, submit, outgoing } = scheduledBot()
    const call = countingCall(clock, [], 14)
    const keepBusy = async (lane: string) => {
      for (;;) await submit('job', { lane, call })
    }
    // the start is over, so that nothing can be of a run before this one
    await clock.advance(2 * MINUTE)
    for (let index = 0; index < 50; index++) void keepBusy(`${index}`)
    await clock.advance(20 * MINUTE)
    expect(outgoing.status().limited).toBeLessThanOrEqual(5)
    expect(outgoing.status().sent.final).toBeGreaterThanOrEqual(13 * 20)
  })
})

/** A chat that takes so many calls a minute, and says when the next one may come, in whole seconds, as Telegram does. */
function countingCall(clock: { monotonic(): number }, taken: number[], perMinute = 20): () => Promise<void> {
  return () => {
    const now = clock.monotonic()
    while ((taken[0] ?? now) + MINUTE <= now) taken.shift()
    if (taken.length >= perMinute) {
      return Promise.reject(fault.limited(Math.ceil(((taken[0] ?? now) + MINUTE - now) / 1000)))
    }
    taken.push(now)
    return Promise.resolve()
  }
}
