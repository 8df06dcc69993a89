import { Bot } from 'grammy'
import { expect, test } from 'vitest'
import { TelegramServer } from '../support/telegram/index.ts'
import { until } from '../support/until.ts'

test('a bot of grammY answers a person in the topic that they wrote in', async () => {
  await using telegram = await TelegramServer.start()
  const account = telegram.addBot({ username: 'echo_bot', canReadAllGroupMessages: true })
  const ada = telegram.addUser({ firstName: 'Ada' })
  const forum = telegram.createForum({ title: 'Sessions', owner: ada })
  telegram.join(forum, account, { admin: ['can_manage_topics'] })
  const bot = new Bot(account.token, { client: { apiRoot: telegram.apiRoot } })
  bot.on('message:text', ctx => ctx.reply(`<b>${ctx.message.text}</b>`, { parse_mode: 'HTML' }))
  bot.on('callback_query:data', ctx => ctx.answerCallbackQuery(`pressed ${ctx.callbackQuery.data}`))
  const running = bot.start()
  const topic = ada.createTopic(forum, 'first')
  ada.say(topic, 'hello')
  await until(() => topic.texts.includes('hello') && topic.messages.length === 2)
  expect(topic.messages[1]?.entityTexts('bold')).toEqual(['hello'])
  const asked = await bot.api.sendMessage(forum.id, 'which?', {
    message_thread_id: topic.id ?? 0,
    reply_markup: { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] },
  })
  const shown = topic.messages.find(({ id }) => id === asked.message_id)
  expect(shown && (await ada.press(shown, 'Yes'))).toEqual({ text: 'pressed y', isAlert: false })
  await bot.stop()
  await running
})
