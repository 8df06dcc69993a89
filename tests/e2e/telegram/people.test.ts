import { expect, test } from 'vitest'
import { entriesOf, typedIn } from '../../support/journal-commands.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const room = peopleForFile()

test('what somebody writes is typed, the journal has who it was, and the result has their name', async () => {
  const { ada, grace, daemon } = room
  const { id, topic } = await room.start('written')
  ada.say(topic, 'echo from ada')
  await room.sees(topic, /echo from ada Ada\n.*exit 0.*\nfrom ada$/s)
  grace.say(topic, 'echo from grace')
  await room.sees(topic, /echo from grace Grace\n.*exit 0.*\nfrom grace$/s)
  const inputs = (await entriesOf(daemon, id)).filter(entry => entry.kind === 'input')
  expect(inputs.map(({ author, text }) => [author, text])).toEqual([
    [`telegram telegram:${ada.id}`, 'echo from ada'],
    [`telegram telegram:${grace.id}`, 'echo from grace'],
  ])
})

test('two slashes type one', async () => {
  const { topic } = await room.start('slashes')
  room.ada.say(topic, '//bin/echo a path')
  await room.sees(topic, /exit 0.*\na path$/s)
})

test('a path at the beginning is typed as it is', async () => {
  const { topic } = await room.start('path')
  room.ada.say(topic, '/bin/echo as it is')
  await room.sees(topic, /exit 0.*\nas it is$/s)
})

test('several lines are typed as they were written', async () => {
  const { topic } = await room.start('lines')
  room.ada.say(topic, 'for word in one two\ndo echo "it is $word"\ndone')
  await room.sees(topic, /it is one\nit is two$/)
})

test('what was edited is not typed again', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('edited')
  const said = ada.say(topic, 'echo once')
  await room.sees(topic, /\nonce$/)
  ada.editMessage(said, 'echo twice')
  ada.say(topic, 'echo after')
  await room.sees(topic, /\nafter$/)
  expect(await typedIn(daemon, id)).toEqual(['echo once', 'echo after'])
})

test.each(['echo forwarded', '/close'])('what was forwarded is refused: %s', async text => {
  const { ada, eve, daemon } = room
  const { id, topic } = await room.start(`forward ${text.length}`)
  const said = ada.say(topic, text, { forwardedFrom: eve })
  expect((await room.answer(said)).text).toBe(
    'Forwarded messages are not typed. If you mean it, copy the text and send it.',
  )
  expect(await typedIn(daemon, id)).toEqual([])
})

test('a full-screen program gets the text and the Enter', async () => {
  const { daemon, ada } = room
  const { id, topic } = await room.start('full screen', {
    // Its own screen, and the line that it reads on it.
    command: "printf '\\e[?1049h\\e[HName? '; read -r name; printf '\\e[?1049l'; echo \"hello $name\"",
  })
  const screen = async () =>
    (await daemon.call<{ screen: { lines: string[] } }>('session.screen', { session_id: id })).screen.lines
  await until(async () => (await screen())[0]?.startsWith('Name?'), 'the question')
  ada.say(topic, 'Ada L')
  await room.sees(topic, /hello Ada L/)
})

test('what was written quickly is typed in its order', async () => {
  const { id, topic } = await room.start('quick')
  for (let number = 1; number <= 8; number++) room.ada.say(topic, `echo number ${number}`)
  await room.sees(topic, 'number 8')
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8].map(number => `number ${number}`)
  const printed = async () => (await room.daemon.read(id)).output.match(/^number \d$/gm)
  await until(async () => (await printed())?.length === 8, 'all that was typed')
  expect(await printed()).toEqual(numbers)
})

test('a session that has ended says so, and offers another one in its place', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('ended')
  await daemon.call('session.close', { session_id: id })
  await until(() => topic.isClosed, 'a closed topic')
  const answer = await room.answer(ada.say(topic, 'echo too late'))
  expect(answer.text).toBe(
    'This session has ended. Start another one in the same folder, here in this topic?',
  )
  expect(answer.buttons).toEqual([['▶️ Start again', 'Close the topic']])
})

test('in topics that are no session of ours, and in General, people talk among themselves', async () => {
  const { ada, forum } = room
  const other = ada.createTopic(forum, 'lunch')
  ada.say(other, 'pizza?')
  ada.say(other, '/sessions')
  ada.say(forum, 'hello all')
  await room.quiet()
  expect(room.said(other)).toEqual([])
  expect(room.said(forum.general)).toEqual([])
})

test('in a private chat the bot says where to write, and answers what needs no topic', async () => {
  const { ada, bot } = room
  const chat = ada.chatWith(bot)
  expect((await room.answer(ada.start(bot))).text).toMatch(/^Every session has a topic/)
  expect((await room.answer(ada.say(bot, 'ls'))).text).toBe(
    'Write in the topic of a session. /sessions lists them, /new starts one.',
  )
  expect((await room.answer(ada.say(bot, '/computers'))).text).toMatch(/^🟢 alpha · online/)
  expect((await room.answer(ada.say(bot, '/screen'))).text).toBe(
    'Say /screen in the topic of a session; /sessions lists them.',
  )
  expect(room.said(chat)).toHaveLength(4)
})

test('names are known after a restart', async () => {
  const { daemon, grace } = room
  const { id, topic } = await room.start('names')
  grace.say(topic, 'read line; echo "$line from grace"')
  await until(async () => (await typedIn(daemon, id)).length === 1, 'the input')
  await daemon.restart('SIGTERM')
  await daemon.input(id, 'words')
  await room.sees(topic, /^read line; .* Grace\n.*words from grace$/s)
})
