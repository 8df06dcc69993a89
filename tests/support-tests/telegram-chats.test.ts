import { expect, test } from 'vitest'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { NO_LIMITS } from '../support/telegram/index.ts'
import { apiOf, refusal, scene } from './telegram-scene.ts'

const limits = NO_LIMITS

test('what a bot asks before it begins: the chat, whether it has topics, and what it may do there', async () => {
  const { bot, api, forum } = await scene({ limits, admin: ['can_manage_topics'] })
  expect(await api.getChat(forum.id)).toMatchObject({ type: 'supergroup', is_forum: true, title: 'Sessions' })
  expect(await api.getChatMember(forum.id, bot.id)).toMatchObject({
    status: 'administrator',
    can_manage_topics: true,
    can_delete_messages: false,
  })
  forum.isForum = false
  expect(await api.getChat(forum.id)).not.toHaveProperty('is_forum')
})

test('administrators are people and the bot itself, other bots only on request', async () => {
  const { telegram, bot, api, ada, forum } = await scene({ limits })
  const other = telegram.addBot({ username: 'other_bot' })
  telegram.join(forum, other, { admin: true })
  telegram.join(forum, telegram.addUser({ firstName: 'Bob' }))
  const ids = async (other?: object) =>
    (await api.getChatAdministrators(forum.id, other)).map(({ user }) => user.id)
  expect(await ids()).toEqual([ada.id, bot.id])
  expect(await ids({ return_bots: true })).toEqual([ada.id, bot.id, other.id])
  expect(await api.getChatMemberCount(forum.id)).toBe(4)
})

test('a bot deletes its own messages for two days, others with the right to', async () => {
  const clock = new FakeClock()
  const { telegram, bot, api, ada, forum } = await scene({ limits, clock, admin: ['can_manage_topics'] })
  const { message_id: young } = await api.sendMessage(forum.id, 'young')
  await api.deleteMessage(forum.id, young)
  const { message_id: old } = await api.sendMessage(forum.id, 'old')
  const hers = ada.say(forum, 'hers')
  await clock.advance(48 * 3_600_000)
  const forbidden = "400 Bad Request: message can't be deleted for everyone"
  expect(await refusal(api.deleteMessage(forum.id, old))).toBe(forbidden)
  expect(await refusal(api.deleteMessages(forum.id, [999, hers.id]))).toBe(forbidden)
  telegram.join(forum, bot, { admin: ['can_delete_messages'] })
  await api.deleteMessages(forum.id, [old, hers.id, 999])
  expect(forum.texts).toEqual([])
})

test('a message is pinned with the right to, and a service message tells of it', async () => {
  const { telegram, bot, api, forum } = await scene({ limits })
  const { message_id } = await api.sendMessage(forum.id, 'a')
  await api.pinChatMessage(forum.id, message_id)
  expect(forum.pinned.map(({ text }) => text)).toEqual(['a'])
  expect(forum.everything.at(-1)?.content.service?.pinned_message).toMatchObject({ text: 'a' })
  await api.unpinChatMessage(forum.id)
  expect(forum.pinned).toEqual([])
  telegram.join(forum, bot)
  expect(await refusal(api.pinChatMessage(forum.id, message_id))).toMatch(
    /not enough rights to manage pinned/,
  )
})

test('icons of topics are those that Telegram lists', async () => {
  const { api, forum } = await scene({ limits })
  const [sticker] = await api.getForumTopicIconStickers()
  const id = sticker?.custom_emoji_id ?? ''
  await api.createForumTopic(forum.id, 'one', { icon_custom_emoji_id: id, icon_color: 0xffd67e })
  expect(forum.topics[0]).toMatchObject({ iconCustomEmojiId: id, iconColor: 0xffd67e })
  expect(await refusal(api.createForumTopic(forum.id, 'two', { icon_custom_emoji_id: '1' }))).toBe(
    '400 Bad Request: DOCUMENT_INVALID',
  )
})

test('a bot reacts once to a message, and answers one', async () => {
  const { bot, api, ada, forum } = await scene({ limits })
  const said = ada.say(forum, 'a')
  await api.setMessageReaction(forum.id, said.id, [{ type: 'emoji', emoji: '👀' }])
  expect(said.reactions.get(bot.id)).toEqual([{ type: 'emoji', emoji: '👀' }])
  await api.sendMessage(forum.id, 'b', { reply_parameters: { message_id: said.id } })
  expect(forum.messages.at(-1)?.replyTo).toBe(said)
  const gone = { reply_parameters: { message_id: 999 } }
  expect(await refusal(api.sendMessage(forum.id, 'c', gone))).toBe(
    '400 Bad Request: message to be replied not found',
  )
})

test('people cannot do what Telegram does not let them', async () => {
  const { telegram, ada, forum } = await scene({ limits })
  const bob = telegram.addUser({ firstName: 'Bob' })
  expect(() => bob.say(forum, 'a')).toThrow('Bob is not in Sessions')
  telegram.join(forum, bob)
  const topic = ada.createTopic(forum, 'one')
  bob.say(topic, 'a')
  expect(() => bob.closeTopic(topic)).toThrow('Bob has no right can_manage_topics')
  ada.closeTopic(topic)
  expect(() => bob.say(topic, 'b')).toThrow('Bob has no right can_manage_topics')
  ada.say(topic, 'c')
  ada.deleteTopic(topic)
  expect(() => ada.say(topic, 'd')).toThrow('the topic one was deleted')
})

test('a private chat is opened by the person, and is the same for both', async () => {
  const { telegram, bot, ada } = await scene({ limits })
  ada.start(bot)
  await apiOf(telegram, bot).sendMessage(ada.id, 'welcome')
  expect(ada.chatWith(bot).texts).toEqual(['/start', 'welcome'])
})
