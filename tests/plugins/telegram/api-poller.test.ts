import type { Update } from 'grammy/types'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createBotApi } from '../../../plugins/telegram/api/bot-api.ts'
import { createPoller, type PollerState } from '../../../plugins/telegram/api/poller.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { until } from '../../support/until.ts'
import { type Answer, answeringServer, json } from './answering-server.ts'

const said = (...ids: number[]) => json({ ok: true, result: ids.map(update_id => ({ update_id })) })
const refused = (error_code: number, description: string, parameters?: object) =>
  json({ ok: false, error_code, description, parameters }, error_code)
const held: Answer = () => {}

/** A poller that is given these answers, one a poll, and then waits for ever. */
async function pollerOf(
  answers: Answer[],
  parts: { load?: number | (() => number); take?: (updates: readonly Update[]) => Promise<void> } = {},
) {
  const polls: Record<string, unknown>[] = []
  const server = await answeringServer((request, response) => {
    const body: Buffer[] = []
    request.on('data', chunk => body.push(chunk))
    request.on('end', () => {
      polls.push(JSON.parse(Buffer.concat(body).toString()))
      ;(answers.shift() ?? held)(request, response)
    })
  })
  const clock = new FakeClock()
  const { log, records } = capturedLog()
  const taken: number[] = []
  const states: PollerState[] = []
  const poller = createPoller({
    ...{ clock, log, allowedUpdates: ['message'] },
    api: createBotApi({ token: 'token', apiRoot: server.apiRoot, clock }),
    load: () => (typeof parts.load === 'function' ? parts.load() : parts.load),
    take: async updates => {
      await parts.take?.(updates)
      taken.push(...updates.map(update => update.update_id))
    },
    onState: state => void states.push(state),
  })
  poller.start()
  return {
    ...{ poller, clock, polls, taken, states, records },
    async [Symbol.asyncDispose]() {
      await poller.stop()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe('listening to people', () => {
  it('asks for what comes after what was taken, and holds each poll open', async () => {
    await using bot = await pollerOf([said(11, 12), said(13)], { load: 11 })
    await until(() => bot.polls.length === 3)
    expect(bot.taken).toEqual([11, 12, 13])
    expect(bot.polls.map(poll => poll.offset)).toEqual([11, 13, 14])
    expect(bot.polls[0]).toMatchObject({ timeout: 50, allowed_updates: ['message'] })
    expect(bot.poller.state).toEqual({ kind: 'polling' })
  })

  it('asks for everything at the very first start', async () => {
    await using bot = await pollerOf([])
    await until(() => bot.polls.length === 1)
    expect(bot.polls[0]).not.toHaveProperty('offset')
  })

  it('gives what is delivered twice once, and does not spin where a server knows nothing else to say', async () => {
    await using bot = await pollerOf([said(1, 2), said(1, 2), said(2, 3)])
    await until(() => bot.polls.length === 2)
    await until(() => bot.clock.timers === 1)
    expect(bot.polls).toHaveLength(2)
    await bot.clock.advance(1000)
    await until(() => bot.polls.length === 4)
    expect(bot.taken).toEqual([1, 2, 3])
    expect(bot.polls.map(poll => poll.offset)).toEqual([undefined, 3, 3, 4])
  })

  it('goes on where Telegram begins to count anew', async () => {
    await using bot = await pollerOf([said(900_000), said(17)], { load: 900_000 })
    await until(() => bot.polls.length === 3)
    expect(bot.taken).toEqual([900_000, 17])
    expect(bot.polls[2]).toMatchObject({ offset: 18 })
  })

  it('tells Telegram nothing was received before it is safe', async () => {
    let failures = 1
    const take = () => (failures-- > 0 ? Promise.reject(new Error('the disk is full')) : Promise.resolve())
    await using bot = await pollerOf([said(1), said(1, 2)], { take, load: 1 })
    await until(() => bot.records().length === 1)
    await bot.clock.advance(1000)
    await until(() => bot.polls.length === 3)
    expect(bot.taken).toEqual([1, 2])
    expect(bot.polls.map(poll => poll.offset)).toEqual([1, 1, 3])
  })

  it('waits where another program polls, longer each time, and says which', async () => {
    const conflict = refused(409, 'Conflict: terminated by other getUpdates request')
    await using bot = await pollerOf([conflict, conflict, said(1)])
    await until(() => bot.states.length === 1)
    expect(bot.states[0]).toMatchObject({ kind: 'waiting', fault: { kind: 'conflict' } })
    expect(bot.records()[0]?.msg).toContain('Only one program can hear')
    await bot.clock.advance(4999)
    expect(bot.polls).toHaveLength(1)
    await bot.clock.advance(1)
    await until(() => bot.states.length === 2)
    await bot.clock.advance(10_000)
    await until(() => bot.taken.length === 1)
    expect(bot.poller.state).toEqual({ kind: 'polling' })
    expect(bot.records()).toHaveLength(2)
  })

  it('says that a webhook has to go, where one is set', async () => {
    const conflict = refused(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook",
    )
    await using bot = await pollerOf([conflict])
    await until(() => bot.states.length === 1)
    expect(bot.records()[0]?.msg).toContain('Remove the webhook')
  })

  it('asks once a minute with a token that is none', async () => {
    await using bot = await pollerOf([refused(401, 'Unauthorized'), said(1)])
    await until(() => bot.states.length === 1)
    await bot.clock.advance(59_999)
    expect(bot.polls).toHaveLength(1)
    await bot.clock.advance(1)
    await until(() => bot.taken.length === 1)
  })

  it('waits exactly as long as Telegram asks', async () => {
    await using bot = await pollerOf([refused(429, 'Too Many Requests', { retry_after: 7 }), said(1)])
    await until(() => bot.states.length === 1)
    await bot.clock.advance(6999)
    expect(bot.polls).toHaveLength(1)
    await bot.clock.advance(1)
    await until(() => bot.taken.length === 1)
  })

  it('lets go of a poll that hangs', async () => {
    await using bot = await pollerOf([held, said(1)])
    await until(() => bot.polls.length === 1)
    await bot.clock.advance(65_000)
    await until(() => bot.states.length === 1)
    await bot.clock.advance(1000)
    await until(() => bot.taken.length === 1)
  })

  it('does not spin where a server answers at once with nothing, or with nonsense', async () => {
    await using bot = await pollerOf([said(), json({ ok: true, result: 'nonsense' }), said(1)])
    await until(() => bot.states.length === 1)
    expect(bot.polls).toHaveLength(1)
    await bot.clock.advance(1000)
    await until(() => bot.states.at(-1)?.kind === 'waiting')
    await bot.clock.advance(1000)
    await until(() => bot.taken.length === 1)
  })

  it('goes on after a fault in the program', async () => {
    let faults = 1
    const load = () => {
      if (faults-- > 0) throw new Error('the database is locked')
      return 5
    }
    await using bot = await pollerOf([said(5)], { load })
    await until(() => bot.records().length === 1)
    await bot.clock.advance(30_000)
    await until(() => bot.taken.length === 1)
  })

  it('stops at once, and knows nothing of it in the log', async () => {
    const bot = await pollerOf([])
    await until(() => bot.polls.length === 1)
    await bot[Symbol.asyncDispose]()
    expect(bot.poller.state).toEqual({ kind: 'stopped' })
    expect(bot.clock.timers).toBe(0)
    expect(bot.records()).toEqual([])
  })
})
