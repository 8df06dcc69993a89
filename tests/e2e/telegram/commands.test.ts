import { expect, test } from 'vitest'
import { typedIn } from '../../support/journal-commands.ts'
import type { ChatMessage } from '../../support/telegram/index.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { openRoom, roomDaemon } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'

const room = peopleForFile()
const DONE = [{ type: 'emoji', emoji: '👌' }]

test('the menu of the group has every command, that of private chats what needs no topic', async () => {
  const { bot, forum } = room
  const names = (scope: object) => bot.commands(scope).map(({ command }) => command)
  const inGroup = () => names({ type: 'chat', chat_id: forum.id })
  await until(() => inGroup().length > 0, 'the menu')
  expect(inGroup()).toEqual([
    'new',
    'sessions',
    'computers',
    'cancel',
    'key',
    'screen',
    'log',
    'rename',
    'close',
    'help',
  ])
  await until(() => names({ type: 'all_private_chats' }).length > 0, 'the other menu')
  expect(names({ type: 'all_private_chats' })).toEqual(['new', 'sessions', 'computers', 'help'])
})

test('/cancel interrupts what runs, and says so without words', async () => {
  const { ada, bot } = room
  const { topic } = await room.start('cancel')
  ada.say(topic, 'sleep 60')
  await room.sees(topic, /sleep 60 Ada\n▶️ running/)
  const said = ada.say(topic, '/cancel')
  await room.sees(topic, /sleep 60 Ada\n❌ exit 130/)
  await until(() => said.reactions.has(bot.id), 'a reaction')
  expect(said.reactions.get(bot.id)).toEqual(DONE)
})

test('/key presses keys by their names, in their order', async () => {
  const { ada } = room
  const { topic } = await room.start('keys')
  ada.say(topic, 'echo pressed')
  await room.sees(topic, /\npressed$/)
  ada.say(topic, '/key up, enter')
  await until(() => room.said(topic).filter(({ text }) => /\npressed$/.test(text)).length === 2, 'both')
})

test('/key says which keys there are', async () => {
  const { ada } = room
  const { topic } = await room.start('wrong keys')
  expect((await room.answer(ada.say(topic, '/key entre'))).text).toBe(
    "⚠️ There is no key 'entre'. Closest: enter, end, return. To type text, send it as text.\nTC_ERR_UNKNOWN_KEY",
  )
  expect((await room.answer(ada.say(topic, '/key <b>&'))).text).toContain("There is no key '<b>&'.")
  expect((await room.answer(ada.say(topic, '/key'))).text).toBe('Say which: /key esc, or /key up up enter.')
})

test('/screen shows the screen', async () => {
  const { ada } = room
  const { topic } = await room.start('screen')
  ada.say(topic, "printf 'one <b>\\ntwo\\n'")
  await room.sees(topic, /exit 0/)
  const answer = await room.answer(ada.say(topic, '/screen'))
  expect(answer.entityTexts('pre')).toEqual([expect.stringMatching(/one <b>\ntwo\n\$ ▏?$/)])
})

test('/log sends everything that was printed', async () => {
  const { ada } = room
  const { topic } = await room.start('../log "of" it')
  ada.say(topic, 'seq 1 3000')
  await room.sees(topic, /exit 0/)
  ada.say(topic, '/log')
  const file = await until(() =>
    room.said(topic).find(({ document }) => document?.name === 'log _of_ it.txt'),
  )
  expect(Buffer.from(file.document?.bytes ?? []).toString()).toMatch(/\n1\n2\n3\n.*\n2999\n3000\n/s)
})

test('/rename changes the title, and with it the name of the topic', async () => {
  const { ada, daemon, bot } = room
  const { id, topic } = await room.start('before')
  const said = ada.say(topic, '/rename  <i>after</i>\nall ')
  await until(() => topic.name === '$alpha - <i>after</i> all', 'the new name')
  expect(await daemon.get(id)).toMatchObject({ title: '<i>after</i> all' })
  await until(() => said.reactions.has(bot.id), 'a reaction')
  expect((await room.answer(ada.say(topic, '/rename'))).text).toBe('Say how: /rename a better title.')
  ada.say(topic, `/rename ${'x'.repeat(300)}`)
  await until(() => topic.name.endsWith('xxx…'), 'as much of it as fits')
  expect((await daemon.get(id)).title).toBe('x'.repeat(200))
})

test('/close ends the session once that is confirmed, by who asked', async () => {
  const { ada, grace, daemon } = room
  const { id, topic } = await room.start('closing')
  const question = await room.answer(ada.say(topic, '/close'))
  expect(question.text).toBe('End closing and what runs in it?')
  expect(question.buttons).toEqual([['✖ End it', 'Leave it running']])
  expect(await grace.press(question, '✖ End it')).toMatchObject({
    text: 'This button is not for you, or of no use any more.',
  })
  expect((await daemon.get(id)).state).toBe('ready')
  await ada.press(question, '✖ End it')
  await until(() => topic.isClosed && question.edits > 0, 'a closed topic')
  expect(question.text).toBe('✖ Ended by Ada.')
  expect(question.buttons).toEqual([])
  expect(await daemon.get(id)).toMatchObject({ state: 'closed', closeReason: `closed by telegram:${ada.id}` })
  expect((await room.answer(ada.say(topic, '/close'))).text).toMatch(/^This session has ended\./)
})

test('/close can be thought better of', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('staying')
  const question = await room.answer(ada.say(topic, '/close'))
  await ada.press(question, 'Leave it running')
  await until(() => question.text === 'It goes on.', 'the answer')
  expect((await daemon.get(id)).state).toBe('ready')
})

test('/sessions lists what runs, with a link to each topic', async () => {
  const { ada, forum } = room
  const { topic } = await room.start('a & <b>')
  const answer = await room.answer(ada.say(forum, '/sessions'))
  expect(answer.text).toMatch(/^• a & <b> · alpha · shell · ready, active \S+ s ago$/m)
  const link = answer.entities.find(entity => entity.type === 'text_link')
  expect(link).toMatchObject({ url: `https://t.me/c/${String(forum.id).slice(4)}/${topic.id}` })
})

test('/computers says which are there', async () => {
  const { ada, forum } = room
  const answer = await room.answer(ada.say(forum, '/computers'))
  expect(answer.text).toMatch(/^🟢 alpha · online · \d+ sessions · its bot answers here$/)
})

test('/help has every command', async () => {
  const { ada, forum } = room
  const { text } = await room.answer(ada.say(forum, '/help@Alpha_Bot'))
  for (const name of ['new', 'sessions', 'computers', 'cancel', 'key', 'screen', 'log', 'rename', 'close'])
    expect(text).toContain(`/${name}`)
})

test('a command for another bot is not ours', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('other bot')
  ada.say(topic, '/close@beta_bot')
  ada.say(topic, '/help@beta_bot')
  await room.quiet()
  expect(room.said(topic)).toHaveLength(1)
  expect(await typedIn(daemon, id)).toEqual([])
})

test('an unknown command is not typed; the answer says how it would be', async () => {
  const { ada, forum, daemon } = room
  const { id, topic } = await room.start('unknown')
  expect((await room.answer(ada.say(topic, '/compact now'))).text).toBe(
    'There is no command /compact. To type it into the session, write //compact.',
  )
  expect((await room.answer(ada.say(forum, '/compact'))).text).toBe(
    'There is no command /compact. /help says which there are.',
  )
  expect(await typedIn(daemon, id)).toEqual([])
})

test('a computer that is not the master has no menu in the group, and answers there only by its name', async () => {
  const other = await openRoom()
  await roomDaemon(other, {}, { master: false })
  const { ada, bot, forum } = other
  await until(() => bot.commands({ type: 'all_private_chats' }).length === 4, 'the menu of private chats')
  ada.say(forum, '/sessions')
  const named = ada.say(forum, '/sessions@alpha_bot')
  const inPrivate = ada.say(bot, '/sessions')
  const answerTo = (message: ChatMessage) =>
    until(() => message.chat.messages.find(({ replyTo }) => replyTo === message), 'an answer')
  expect((await answerTo(named)).text).toBe('No session runs. /new starts one.')
  expect((await answerTo(inPrivate)).text).toBe('No session runs. /new starts one.')
  expect(forum.messages).toHaveLength(3)
  expect(bot.commands({ type: 'chat', chat_id: forum.id })).toEqual([])
})

test('a title’s secrets are masked, and it calls nobody, wherever it is shown', async () => {
  const { ada, forum, daemon } = room
  const secret = `ghp_${'a1B2c3D4'.repeat(5)}`
  await daemon.session({ title: `ask @alice ${secret}` })
  const topic = await room.topic('ask @alice «masked»')
  expect(topic.name).toBe('$alpha - ask @alice «masked»')
  const shown = 'ask @\u200dalice «masked»'
  await until(() => topic.texts[0]?.includes(shown), 'the card')
  const close = await room.answer(ada.say(topic, '/close'))
  expect(close.text).toContain(shown)
  const answers = [close, await room.answer(ada.say(forum, '/sessions'))]
  expect(answers[1]?.text).toContain(shown)
  const started = await room.answer(ada.say(forum, `/new alpha shell start @alice ${secret}`))
  expect(started.text).toContain('start @\u200dalice «masked»')
  await room.topic('start @alice «masked»')
  const said = [...room.said(forum), ...room.said(topic)].map(({ text }) => text)
  expect(said.join()).not.toContain(secret)
})

test('a command that names the bot is heard by one that has yet to learn its name', async () => {
  const other = await openRoom()
  const { ada, bot, telegram } = other
  const said = ada.say(bot, '/help')
  const named = ada.say(other.forum, '/sessions@alpha_bot')
  telegram.faults.next('getMe', '502')
  await roomDaemon(other)
  const answerTo = (message: ChatMessage) =>
    until(() => message.chat.messages.find(({ replyTo }) => replyTo === message), 'an answer')
  expect((await answerTo(named)).text).toBe('No session runs. /new starts one.')
  expect((await answerTo(said)).text).toContain('/sessions')
})
