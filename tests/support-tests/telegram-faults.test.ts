import { HttpError } from 'grammy'
import { expect, test } from 'vitest'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { NO_LIMITS, TelegramServer } from '../support/telegram/index.ts'
import { until } from '../support/until.ts'
import { refusal, scene } from './telegram-scene.ts'

const limits = NO_LIMITS

test('ordered refusals come in order, then all is well', async () => {
  const { telegram, api, forum } = await scene({ limits })
  telegram.faults.next('sendMessage', { retryAfter: 7 })
  telegram.faults.next('sendMessage', '500')
  telegram.faults.next('*', { code: 400, description: 'Bad Request: no' })
  const send = () => api.sendMessage(forum.id, 'a')
  await expect(send()).rejects.toMatchObject({ error_code: 429, parameters: { retry_after: 7 } })
  expect(await refusal(send())).toMatch(/^500 /)
  expect(await refusal(send())).toBe('400 Bad Request: no')
  await send()
  expect(forum.texts).toEqual(['a'])
  expect(telegram.counts.limited).toBe(0)
})

test.each([
  ['disconnect-before', []],
  ['disconnect-after', ['a']],
  ['502', []],
] as const)('%s: the call fails, and these arrived: %j', async (fault, arrived) => {
  const { telegram, api, forum } = await scene({ limits })
  telegram.faults.next('sendMessage', fault)
  await expect(api.sendMessage(forum.id, 'a')).rejects.toThrow(HttpError)
  expect(forum.texts).toEqual(arrived)
})

test.each([
  ['timeout', []],
  ['timeout-after', ['a']],
] as const)('%s: nothing is answered, and these arrived: %j', async (fault, arrived) => {
  const { telegram, api, forum } = await scene({ limits })
  telegram.faults.next('sendMessage', fault)
  const sent = api.sendMessage(forum.id, 'a')
  await until(() => telegram.faults.given.has(fault) && forum.texts.length === arrived.length)
  await api.getMe()
  telegram.cutAll()
  await expect(sent).rejects.toThrow(HttpError)
  expect(forum.texts).toEqual(arrived)
})

test('random faults are the same for the same seed, and end', async () => {
  const run = async (seed: number) => {
    const { telegram, api } = await scene({ limits })
    telegram.faults.random({
      rate: 0.3,
      seed,
      kinds: ['429', '500', 'disconnect-before', 'disconnect-after'],
    })
    const outcomes: string[] = []
    for (let count = 0; count < 40; count++)
      outcomes.push(
        await api.getMe().then(
          () => 'ok',
          (error: Error) => error.message.slice(0, 40),
        ),
      )
    telegram.faults.clear()
    await api.getMe()
    return outcomes
  }
  const first = await run(1)
  expect(await run(1)).toEqual(first)
  expect(await run(2)).not.toEqual(first)
  expect(first.filter(outcome => outcome === 'ok').length).toBeGreaterThan(15)
})

test('a duplicate update has the id that it had before', async () => {
  const { telegram, api, ada, forum } = await scene({ limits })
  ada.say(forum, 'a')
  const [last] = (await api.getUpdates()).slice(-1)
  const offset = (last?.update_id ?? 0) + 1
  expect(await api.getUpdates({ offset })).toEqual([])
  telegram.faults.next('getUpdates', 'duplicate-update')
  expect((await api.getUpdates({ offset, timeout: 30 })).at(-1)).toEqual(last)
  expect(await api.getUpdates({ offset })).toEqual([])
})

test('the network goes away and comes back on its port; what people said meanwhile is there', async () => {
  const { telegram, bot, api, ada, forum } = await scene({ limits, clock: new FakeClock() })
  const before = telegram.apiRoot
  const poll = api.getUpdates({
    timeout: 30,
    offset: (await api.getUpdates()).at(-1)?.update_id ?? 0,
    limit: 1,
  })
  await poll
  await telegram.stop()
  await expect(api.getMe()).rejects.toThrow(HttpError)
  ada.say(forum, 'meanwhile')
  await telegram.resume()
  expect(telegram.apiRoot).toBe(before)
  expect((await api.getUpdates()).at(-1)?.message?.text).toBe('meanwhile')
  expect(bot.isPolling).toBe(false)
})

test('frozen, it accepts connections and does nothing', async () => {
  const { telegram, api, forum } = await scene({ limits })
  telegram.freeze()
  const sent = api.sendMessage(forum.id, 'a')
  await until(() => telegram.counts.connections === 1)
  telegram.cutAll()
  await expect(sent).rejects.toThrow(HttpError)
  telegram.thaw()
  await api.getMe()
  expect(forum.texts).toEqual([])
})

test('what is against the Bot API fails the test that did it', async () => {
  const telegram = await TelegramServer.start()
  const { token } = telegram.addBot({ username: 'work_bot' })
  const call = (method: string, body: object) =>
    fetch(`${telegram.apiRoot}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  expect((await call('getMe', { nothing: 1 })).status).toBe(400)
  expect((await call('sendMessage', { chat_id: 1 })).status).toBe(400)
  expect((await call('sendNothing', {})).status).toBe(404)
  await expect(telegram[Symbol.asyncDispose]()).rejects.toThrow(
    /getMe was called wrongly: .*nothing.*required property 'text'.*does not serve sendNothing/s,
  )
})

test('calls and answers are counted', async () => {
  const { telegram, bot, api, forum } = await scene({ limits })
  await api.sendMessage(forum.id, 'a')
  await refusal(api.sendMessage(forum.id, ''))
  expect(telegram.counts.of('sendMessage')).toBe(2)
  expect(telegram.counts.of()).toBe(2)
  expect(telegram.counts.answered(400)).toBe(1)
  expect(telegram.counts.calls[0]).toMatchObject({
    method: 'sendMessage',
    botId: bot.id,
    parameters: { chat_id: forum.id, text: 'a' },
    code: 200,
  })
})
