import { expect, test } from 'vitest'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { NO_LIMITS } from '../support/telegram/index.ts'
import { scene } from './telegram-scene.ts'

const onlyGroups = { ...NO_LIMITS, group: { count: 20, perMs: 60_000 } }

test('a group takes 20 sends, edits and topic calls of a bot in a minute, then says how long to wait', async () => {
  const clock = new FakeClock()
  const { telegram, api, forum } = await scene({ clock, limits: onlyGroups })
  const { message_thread_id } = await api.createForumTopic(forum.id, 'one')
  const { message_id } = await api.sendMessage(forum.id, 'a')
  await clock.advance(20_000)
  for (let count = 0; count < 9; count++) {
    await api.editMessageText(forum.id, message_id, `${count}`)
    await api.sendMessage(forum.id, 'a', { message_thread_id })
  }
  const limited = expect.objectContaining({ error_code: 429, parameters: { retry_after: 40 } })
  await expect(api.sendMessage(forum.id, 'a')).rejects.toEqual(limited)
  expect(telegram.counts.limited).toBe(1)
  await api.sendChatAction(forum.id, 'typing')
  await clock.advance(40_000)
  await api.sendMessage(forum.id, 'a')
})

test('who asks again before the time is refused again, and refused calls have no effect', async () => {
  const clock = new FakeClock()
  const { telegram, api, forum } = await scene({ clock, limits: { group: { count: 1, perMs: 10_500 } } })
  await api.sendMessage(forum.id, 'a')
  const send = () => api.sendMessage(forum.id, 'b')
  await expect(send()).rejects.toMatchObject({ parameters: { retry_after: 11 } })
  await clock.advance(10_600)
  await expect(send()).rejects.toMatchObject({ parameters: { retry_after: 1 } })
  expect(forum.texts).toEqual(['a'])
  await clock.advance(1_000)
  await send()
  expect(forum.texts).toEqual(['a', 'b'])
  expect(telegram.counts.answered(429)).toBe(2)
})

test('a chat takes one call a second, with short bursts; a bot 30 in all chats', async () => {
  const clock = new FakeClock()
  const { telegram, bot, api } = await scene({ clock })
  const people = Array.from({ length: 11 }, (_, index) => telegram.addUser({ firstName: `${index}` }))
  for (const person of people) person.start(bot)
  const [ada] = people
  const send = (person = ada) => api.sendMessage(person?.id ?? 0, 'a')
  for (let burst = 0; burst < 3; burst++) await send()
  await expect(send()).rejects.toMatchObject({ error_code: 429 })
  await clock.advance(3_000)
  for (const person of people.slice(0, 10)) for (let burst = 0; burst < 3; burst++) await send(person)
  await expect(send(people[10])).rejects.toMatchObject({ error_code: 429, parameters: { retry_after: 1 } })
})
