import type { Update } from 'grammy/types'
import { expect, test } from 'vitest'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { NO_LIMITS } from '../support/telegram/index.ts'
import { until } from '../support/until.ts'
import { apiOf, refusal, scene } from './telegram-scene.ts'

const limits = NO_LIMITS
const CONFLICT =
  '409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running'

test('updates come until their offset confirms them, and at most as many as asked for', async () => {
  const { api, ada, forum, bot } = await scene({ limits })
  for (const text of ['a', 'b', 'c']) ada.say(forum, text)
  const [first] = await api.getUpdates({ limit: 1, offset: -3 })
  expect(first?.message?.text).toBe('a')
  expect(texts(await api.getUpdates())).toEqual(['a', 'b', 'c'])
  expect(texts(await api.getUpdates({ offset: (first?.update_id ?? 0) + 1 }))).toEqual(['b', 'c'])
  expect(bot.pendingUpdates).toBe(2)
})

test('a long poll waits until something comes, or its time is over', async () => {
  const clock = new FakeClock()
  const { api, ada, forum, bot } = await scene({ limits, clock })
  await drain(api)
  const quiet = api.getUpdates({ timeout: 30 })
  await until(() => bot.isPolling)
  await clock.advance(30_000)
  expect(await quiet).toEqual([])
  const answered = api.getUpdates({ timeout: 30 })
  await until(() => bot.isPolling)
  ada.say(forum, 'a')
  expect(texts(await answered)).toEqual(['a'])
})

test('of two long polls the earlier one is ended; a second conflict is told 3 s later', async () => {
  const clock = new FakeClock()
  const { telegram, api, bot } = await scene({ limits, clock })
  await drain(api)
  const polls: Promise<string>[] = []
  const poll = async (count: number) => {
    polls.push(refusal(api.getUpdates({ timeout: 50 })))
    await until(() => telegram.counts.of('getUpdates') === count && bot.isPolling)
  }
  for (const count of [3, 4, 5]) await poll(count)
  expect(await polls[0]).toBe(CONFLICT)
  await until(() => clock.timers >= 2)
  await clock.advance(3_000)
  expect(await polls[1]).toBe(CONFLICT)
  await api.setWebhook('https://example.com/')
  expect(await polls[2]).toBe('409 Conflict: terminated by setWebhook request')
  expect(await refusal(api.getUpdates())).toMatch(
    /^409 Conflict: can't use getUpdates method while webhook is active/,
  )
  await api.deleteWebhook({ drop_pending_updates: true })
  expect(await api.getUpdates()).toEqual([])
})

test('a bot with privacy mode on is told of commands, answers and service messages only', async () => {
  const { telegram, api, bot, ada, forum } = await scene({ limits })
  telegram.join(forum, bot)
  await drain(api)
  ada.say(forum, 'secret')
  ada.say(forum, '/new for anybody')
  ada.say(forum, '/new@work_bot for it')
  ada.say(forum, '/new@other_bot for another')
  await api.sendMessage(forum.id, 'question')
  ada.say(forum, 'answer', { replyTo: forum.messages.at(-1) ?? expect.fail() })
  ada.say(forum, '/last to the bot that spoke last')
  ada.createTopic(forum, 'one')
  expect(texts(await api.getUpdates())).toEqual([
    '/new@work_bot for it',
    'answer',
    '/last to the bot that spoke last',
    'forum_topic_created',
  ])
  bot.setPrivacy(false)
  ada.say(forum, 'not secret')
  expect(texts(await api.getUpdates()).at(-1)).toBe('not secret')
})

test('a bot hears of what it does to topics, but not of what it says; other bots only where both want to', async () => {
  const { telegram, api, forum } = await scene({ limits })
  const quiet = telegram.addBot({ username: 'quiet_bot', canReadAllGroupMessages: true })
  const listener = telegram.addBot({
    username: 'listener_bot',
    canReadAllGroupMessages: true,
    readsBots: true,
  })
  const speaker = telegram.addBot({ username: 'speaker_bot', readsBots: true })
  for (const bot of [quiet, listener, speaker]) telegram.join(forum, bot)
  for (const bot of [quiet, listener]) await drain(apiOf(telegram, bot))
  await drain(api)
  const { message_thread_id } = await api.createForumTopic(forum.id, 'one')
  await api.sendMessage(forum.id, 'said', { message_thread_id })
  await api.closeForumTopic(forum.id, message_thread_id)
  await apiOf(telegram, speaker).sendMessage(forum.id, 'to bots')
  const service = ['forum_topic_created', 'forum_topic_closed']
  expect(texts(await api.getUpdates())).toEqual(service)
  expect(texts(await apiOf(telegram, quiet).getUpdates())).toEqual(service)
  expect(texts(await apiOf(telegram, listener).getUpdates())).toEqual([...service, 'to bots'])
})

test('a message in a topic names the topic and answers its first message; in General it does neither', async () => {
  const { api, ada, forum } = await scene({ limits })
  const topic = ada.createTopic(forum, 'one')
  await drain(api)
  ada.say(topic, 'a')
  ada.say(forum, 'b')
  const [inTopic, inGeneral] = await api.getUpdates()
  expect(inTopic?.message).toMatchObject({
    message_thread_id: topic.id,
    is_topic_message: true,
    reply_to_message: { message_id: topic.id, forum_topic_created: { name: 'one' } },
  })
  expect(inGeneral?.message).not.toHaveProperty('message_thread_id')
  expect(inGeneral?.message).not.toHaveProperty('reply_to_message')
})

test('edits, forwards, reactions and presses of people are told as what they are', async () => {
  const { telegram, api, ada, forum } = await scene({ limits })
  const bob = telegram.addUser({ firstName: 'Bob' })
  await drain(api, ['message', 'edited_message', 'message_reaction', 'callback_query'])
  const said = ada.say(forum, '/run')
  ada.editMessage(said, '/walk')
  ada.say(forum, 'hers', { forwardedFrom: bob })
  ada.react(said, [{ type: 'emoji', emoji: '👍' }])
  const updates = await api.getUpdates()
  expect(updates.map(update => Object.keys(update)[1])).toEqual([
    'message',
    'edited_message',
    'message',
    'message_reaction',
  ])
  expect(updates[1]?.edited_message?.entities).toEqual([{ type: 'bot_command', offset: 0, length: 5 }])
  expect(updates[2]?.message?.forward_origin).toMatchObject({
    type: 'user',
    sender_user: { first_name: 'Bob' },
  })
})

test('a bot is told that it came, got rights and was thrown out, and nothing after that', async () => {
  const { telegram, bot, api, ada, forum } = await scene({ limits })
  telegram.kick(forum, bot)
  ada.say(forum, 'a')
  const states = (await api.getUpdates()).flatMap(
    ({ my_chat_member }) => my_chat_member?.new_chat_member.status ?? [],
  )
  expect(states).toEqual(['administrator', 'kicked'])
})

test('a token that is wrong or was revoked is answered 401, a method that is not there 404', async () => {
  const { telegram, bot, api } = await scene({ limits })
  telegram.removeMethod('getForumTopicIconStickers')
  expect(await refusal(api.getForumTopicIconStickers())).toBe('404 Not Found: method not found')
  bot.revokeToken()
  expect(await refusal(api.getMe())).toBe('401 Unauthorized')
  bot.restoreToken()
  expect(await api.getMe()).toMatchObject({ can_read_all_group_messages: false, has_topics_enabled: false })
})

test('updates that nobody fetches for a day are gone', async () => {
  const clock = new FakeClock()
  const { api, ada, forum } = await scene({ limits, clock })
  ada.say(forum, 'old')
  await clock.advance(86_400_000)
  ada.say(forum, 'new')
  expect(texts(await api.getUpdates())).toEqual(['new'])
})

type Updates = Awaited<ReturnType<ReturnType<typeof apiOf>['getUpdates']>>

/** The texts of messages, and which service messages there are. */
function texts(updates: Updates): readonly string[] {
  const service = (message: NonNullable<Update['message']>) =>
    Object.keys(message).find(key => /^forum_/.test(key))
  return updates.flatMap(({ message }) => (message ? (message.text ?? service(message) ?? []) : []))
}

async function drain(
  api: ReturnType<typeof apiOf>,
  allowed_updates?: NonNullable<Parameters<typeof api.getUpdates>[0]>['allowed_updates'],
): Promise<void> {
  const last = (await api.getUpdates(allowed_updates ? { allowed_updates } : {})).at(-1)
  await api.getUpdates({ offset: (last?.update_id ?? 0) + 1 })
}
