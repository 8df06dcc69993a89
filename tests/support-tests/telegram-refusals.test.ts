import { expect, test } from 'vitest'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { NO_LIMITS } from '../support/telegram/index.ts'
import { apiOf, refusal, scene } from './telegram-scene.ts'

const limits = NO_LIMITS

test('a message has from 1 to 4096 characters after its markup was parsed, a caption 1024', async () => {
  const { api, forum } = await scene({ limits })
  expect(await refusal(api.sendMessage(forum.id, ''))).toBe('400 Bad Request: message text is empty')
  expect(await refusal(api.sendMessage(forum.id, ' \n '))).toBe('400 Bad Request: text must be non-empty')
  expect(await refusal(api.sendMessage(forum.id, 'x'.repeat(4097)))).toBe(
    '400 Bad Request: message is too long',
  )
  const markup = `<b>${'&lt;'.repeat(4096)}</b>`
  const { message_id } = await api.sendMessage(forum.id, markup, { parse_mode: 'HTML' })
  expect(forum.texts.at(-1)).toBe('<'.repeat(4096))
  expect(await refusal(api.editMessageText(forum.id, message_id, 'x'.repeat(4097)))).toBe(
    '400 Bad Request: MESSAGE_TOO_LONG',
  )
})

test('control characters, blanks at the ends and carriage returns do not arrive', async () => {
  const { api, forum } = await scene({ limits })
  await api.sendMessage(forum.id, ' \n <b> a\u0000b\r\n\u001bc </b> \n\n', { parse_mode: 'HTML' })
  const [message] = forum.messages
  expect(message?.text).toBe(' a b\n c')
  expect(message?.entityTexts('bold')).toEqual([' a b\n c'])
})

test('an edit must change something, of a message of its own that is still there', async () => {
  const { api, ada, forum } = await scene({ limits })
  const { message_id } = await api.sendMessage(forum.id, 'a')
  expect(await refusal(api.editMessageText(forum.id, message_id, 'a\n'))).toMatch(
    /^400 Bad Request: message is not modified: specified new/,
  )
  const hers = ada.say(forum, '/hello@work_bot')
  expect(await refusal(api.editMessageText(forum.id, hers.id, 'b'))).toBe(
    "400 Bad Request: message can't be edited",
  )
  expect(await refusal(api.editMessageCaption(forum.id, message_id, { caption: 'b' }))).toBe(
    '400 Bad Request: there is no caption in the message to edit',
  )
  ada.deleteMessage(forum.messages[0] ?? hers)
  expect(await refusal(api.editMessageText(forum.id, message_id, 'b'))).toBe(
    '400 Bad Request: message to edit not found',
  )
  expect(await refusal(api.deleteMessage(forum.id, message_id))).toBe(
    '400 Bad Request: message to delete not found',
  )
})

test('an edit without a keyboard takes the keyboard away, makes no sound and is counted', async () => {
  const { api, forum } = await scene({ limits })
  const reply_markup = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] }
  const { message_id } = await api.sendMessage(forum.id, 'a', { reply_markup })
  const [message] = forum.messages
  expect(message?.buttons).toEqual([['A']])
  await api.editMessageText(forum.id, message_id, 'b')
  expect(message?.buttons).toEqual([])
  expect(message?.edits).toBe(1)
  expect(message?.sightings.map(({ kind, notified }) => [kind, notified])).toEqual([
    ['sent', true],
    ['edited', false],
  ])
})

test('keyboards are checked: 64 bytes of data, texts, links, 100 buttons and 8 in a row', async () => {
  const { api, forum } = await scene({ limits })
  const send = (...rows: Parameters<typeof keyboard>) =>
    refusal(api.sendMessage(forum.id, 'a', keyboard(...rows)))
  expect(await send([{ text: 'A', callback_data: 'é'.repeat(33) }])).toBe(
    '400 Bad Request: BUTTON_DATA_INVALID',
  )
  expect(await send([{ text: ' ', callback_data: 'a' }])).toMatch(/button text must be non-empty/)
  expect(await send([{ text: 'A', url: 'javascript:alert(1)' }])).toBe('400 Bad Request: BUTTON_URL_INVALID')
  expect(await send(row(9))).toBe('400 Bad Request: reply markup is too long')
  expect(await send(...Array.from({ length: 13 }, () => row(8)))).toBe(
    '400 Bad Request: reply markup is too long',
  )
})

test('topics: rights, names, states and ids are checked', async () => {
  const { telegram, api, ada, forum } = await scene({ limits, admin: ['can_manage_topics'] })
  const { message_thread_id: id } = await api.createForumTopic(forum.id, 'one')
  expect(await refusal(api.createForumTopic(forum.id, ' '))).toBe('400 Bad Request: name must be non-empty')
  expect(await refusal(api.editForumTopic(forum.id, id, { name: 'one' }))).toBe(
    '400 Bad Request: TOPIC_NOT_MODIFIED',
  )
  await api.closeForumTopic(forum.id, id)
  expect(forum.topics[0]?.isClosed).toBe(true)
  expect(await refusal(api.closeForumTopic(forum.id, id))).toBe('400 Bad Request: TOPIC_NOT_MODIFIED')
  expect(await refusal(api.closeForumTopic(forum.id, 999))).toBe('400 Bad Request: TOPIC_ID_INVALID')
  await api.deleteForumTopic(forum.id, id)
  expect(forum.topics).toEqual([])
  const hers = ada.createTopic(forum, 'hers')
  expect(await refusal(api.deleteForumTopic(forum.id, hers.id ?? 0))).toBe(
    '400 Bad Request: not enough rights to delete the topic',
  )
  await api.createForumTopic(forum.id, 'x'.repeat(129))
  expect(telegram.takeViolations()).toHaveLength(1)
  expect(forum.topics.at(-1)?.name).toHaveLength(128)
})

test('what goes to a topic that is gone, closed or General by its number is refused', async () => {
  const { telegram, bot, api, ada, forum } = await scene({ limits })
  const topic = ada.createTopic(forum, 'one')
  const send = () => api.sendMessage(forum.id, 'a', { message_thread_id: topic.id ?? 0 })
  ada.closeTopic(topic)
  await send()
  telegram.join(forum, bot)
  expect(await refusal(send())).toBe('400 Bad Request: TOPIC_CLOSED')
  expect(await refusal(api.createForumTopic(forum.id, 'two'))).toBe(
    '400 Bad Request: not enough rights to create a topic',
  )
  ada.deleteTopic(topic)
  expect(await refusal(send())).toBe('400 Bad Request: message thread not found')
  expect(await refusal(api.sendMessage(forum.id, 'a', { message_thread_id: 1 }))).toBe(
    '400 Bad Request: message thread not found',
  )
})

test('who is not there is told so: kicked, never in, blocked, not started, another id, no forum', async () => {
  const { telegram, bot, api, ada, forum } = await scene({ limits })
  telegram.kick(forum, bot)
  expect(await refusal(api.sendMessage(forum.id, 'a'))).toBe(
    '403 Forbidden: bot was kicked from the supergroup chat',
  )
  const other = telegram.createSupergroup({ title: 'Other', owner: ada })
  expect(await refusal(api.getChat(other.id))).toBe('400 Bad Request: chat not found')
  telegram.join(other, bot, { admin: true })
  expect(await refusal(api.createForumTopic(other.id, 'a'))).toBe('400 Bad Request: the chat is not a forum')
  expect(await refusal(api.sendMessage(ada.id, 'a'))).toBe(
    "403 Forbidden: bot can't initiate conversation with a user",
  )
  ada.start(bot)
  await api.sendMessage(ada.id, 'a')
  ada.block(bot)
  expect(await refusal(api.sendMessage(ada.id, 'a'))).toBe('403 Forbidden: bot was blocked by the user')
})

test('a group that became a supergroup says its new id', async () => {
  const { telegram, bot, api, ada } = await scene({ limits })
  const old = telegram.createGroup({ title: 'Old', owner: ada })
  telegram.join(old, bot)
  const next = telegram.upgrade(old)
  await expect(api.sendMessage(old.id, 'a')).rejects.toMatchObject({
    error_code: 400,
    parameters: { migrate_to_chat_id: next.id },
  })
  await api.sendMessage(next.id, 'a')
  expect(next.texts).toEqual(['a'])
})

test('an answer to a button comes in time, once, from the bot whose button it is', async () => {
  const clock = new FakeClock()
  const { telegram, api, ada, forum, bot } = await scene({ limits, clock })
  await api.sendMessage(forum.id, 'a', keyboard([{ text: 'A', callback_data: 'a' }]))
  const pressed = forum.messages[0] ?? expect.fail()
  const id = async () => (await api.getUpdates({ offset: -1 }))[0]?.callback_query?.id ?? ''
  const answer = ada.press(pressed, { data: 'forged' })
  const other = apiOf(telegram, telegram.addBot({ username: 'other_bot' }))
  const tooOld = '400 Bad Request: query is too old and response timeout expired or query ID is invalid'
  expect(await refusal(other.answerCallbackQuery(await id()))).toBe(tooOld)
  await api.answerCallbackQuery(await id(), { text: 'yes', show_alert: true })
  expect(await answer).toEqual({ text: 'yes', isAlert: true })
  const late = ada.press(pressed, 'A')
  await clock.advance(15_000)
  expect(await late).toBeNull()
  expect(await refusal(api.answerCallbackQuery(await id()))).toBe(tooOld)
  expect(bot.pendingUpdates).toBe(1)
})

test('commands are checked, and kept by scope', async () => {
  const { api, bot, forum } = await scene({ limits })
  const commands = [{ command: 'new', description: 'Starts a session' }]
  await api.setMyCommands(commands, { scope: { type: 'chat', chat_id: forum.id } })
  expect(bot.commands({ chat_id: forum.id, type: 'chat' })).toEqual(commands)
  expect(await api.getMyCommands()).toEqual([])
  expect(await refusal(api.setMyCommands([{ command: 'New', description: 'x' }]))).toBe(
    '400 Bad Request: BOT_COMMAND_INVALID',
  )
})

type Button = { text: string } & ({ callback_data: string } | { url: string })

function keyboard(...inline_keyboard: Button[][]) {
  return { reply_markup: { inline_keyboard } }
}

function row(length: number): Button[] {
  return Array.from({ length }, (_, index) => ({ text: 'A', callback_data: `${index}` }))
}
