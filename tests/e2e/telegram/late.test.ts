import { beforeAll, expect, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { typedIn } from '../../support/journal-commands.ts'
import { type ChatMessage, NO_LIMITS } from '../../support/telegram/index.ts'
import { peopleForFile, type Started } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const HOUR = 3_600_000
/** Telegram's time, which only the test moves; the daemon's is real. */
const clock = new FakeClock(Date.now())
const room = peopleForFile({ server: { clock, limits: NO_LIMITS } })

/** What people do while the daemon is away for an hour. */
async function whileAway(happens: () => void): Promise<void> {
  await room.daemon.kill('SIGTERM')
  clock.setBack(HOUR)
  happens()
  await clock.advance(HOUR)
  await room.daemon.start()
}

const AWAY = /^🌙 alpha was away when you wrote this\./
const TITLES = [
  'confirmed',
  'left',
  'two people',
  'others',
  'pressed',
  'closed',
  'very much',
  'secret',
] as const
const sessions = new Map<string, Started>()

function session(title: (typeof TITLES)[number]): Started {
  const started = sessions.get(title)
  if (!started) throw new Error(`${title} was not started`)
  return started
}

beforeAll(async () => {
  for (const title of TITLES) sessions.set(title, await room.start(title))
  const { ada, grace, forum } = room
  ada.say(session('pressed').topic, 'sleep 60')
  await room.sees(session('pressed').topic, /▶️ running/)
  await whileAway(() => {
    for (const word of ['one', '"two <b>"', 'three']) ada.say(session('confirmed').topic, `echo ${word}`)
    ada.say(session('left').topic, 'rm -rf /tmp/nothing')
    ada.say(session('two people').topic, 'echo of ada')
    grace.say(session('two people').topic, 'echo of grace')
    ada.say(session('others').topic, '/rename a new title')
    ada.say(session('secret').topic, 'export DB_PASSWORD=hunter2')
    ada.sendDocument(session('others').topic, Buffer.from('x\n'), 'x.txt', { caption: 'cat' })
    ada.say(forum, '/new alpha shell wanted yesterday')
    for (const label of ['⏹ Ctrl-C', '⏹ Ctrl-C', 'Esc']) void ada.press(session('pressed').card, label)
    ada.closeTopic(session('closed').topic)
    for (let number = 1; number <= 350; number++) ada.say(session('very much').topic, `echo number ${number}`)
  })
})

/** The lines that commands printed, not those that were typed. */
async function printedIn(id: string): Promise<readonly string[]> {
  const { output } = await room.daemon.read(id)
  return output.split('\n').filter(line => line && !/^(\$|echo) /.test(line))
}

/** What a client sends that still shows the first button when it is gone. */
function dataOf({ keyboard }: ChatMessage): { readonly data: string } {
  const [button] = keyboard?.inline_keyboard.flat() ?? []
  return { data: button && 'callback_data' in button ? button.callback_data : '' }
}

test('what was written long ago is listed, and typed in its order once that is confirmed', async () => {
  const { ada, grace, daemon } = room
  const { id, topic } = session('confirmed')
  ada.say(topic, 'echo now')
  const question = await room.sees(topic, AWAY)
  const listed = '• echo one\n• echo "two <b>"\n• echo three'
  expect(question.text).toBe(`🌙 alpha was away when you wrote this. Nothing of it was done:\n${listed}`)
  expect(question.buttons).toEqual([['▶️ Do all 3, in this order'], ['🗑 Leave it']])
  await room.sees(topic, /\nnow$/)
  expect(await typedIn(daemon, id)).toEqual(['echo now'])

  expect((await grace.press(question, '▶️ Do all 3, in this order'))?.text).toMatch(/not for you/)
  const asked = dataOf(question)
  await ada.press(question, '▶️ Do all 3, in this order')
  await room.sees(topic, /\nthree$/)
  expect(await printedIn(id)).toEqual(['now', 'one', 'two <b>', 'three'])
  await until(() => question.text === `▶️ Being done now, as you said:\n${listed}`, 'the answer')
  expect(question.buttons).toEqual([])
  expect((await ada.press(question, asked))?.text).toBe('You have answered this already.')
  await room.quiet()
  expect(await printedIn(id)).toEqual(['now', 'one', 'two <b>', 'three'])
})

test('it can be left', async () => {
  const { ada, daemon } = room
  const { id, topic } = session('left')
  const question = await room.sees(topic, AWAY)
  expect(question.text).toMatch(/It was not done:\n• rm -rf \/tmp\/nothing$/)
  await ada.press(question, '🗑 Leave it')
  await until(() => question.text === '🗑 Not done, as you said:\n• rm -rf /tmp/nothing', 'the answer')
  expect(await typedIn(daemon, id)).toEqual([])
})

test('the list tells no secret, which may have been deleted meanwhile; what is typed has it', async () => {
  const { ada, daemon } = room
  const { id, topic } = session('secret')
  const question = await room.sees(topic, AWAY)
  expect(question.text).toMatch(/It was not done:\n• export DB_PASSWORD=«masked»$/)
  await ada.press(question, '▶️ Do it now')
  await until(() => question.text.startsWith('▶️ Being done now'), 'the answer')
  expect(question.sightings.map(({ text }) => text).join()).not.toContain('hunter2')
  await until(
    async () => (await typedIn(daemon, id)).includes('export DB_PASSWORD=hunter2'),
    'what was typed',
  )
})

test('each person is asked about what is theirs', async () => {
  const { grace, daemon } = room
  const { id, topic } = session('two people')
  await room.sees(topic, /\n• echo of ada$/)
  const question = await room.sees(topic, /\n• echo of grace$/)
  await grace.press(question, '▶️ Do it now')
  await room.sees(topic, /\nof grace$/)
  expect(await typedIn(daemon, id)).toEqual(['echo of grace'])
})

test('commands and files are asked about too', async () => {
  const { ada, daemon, forum } = room
  const { id, topic } = session('others')
  const question = await room.sees(topic, AWAY)
  expect(question.text).toMatch(/\n• \/rename a new title\n• 📎 x\.txt cat$/)
  const inGeneral = await room.sees(forum.general, AWAY)
  expect((await daemon.get(id)).title).toBe('others')
  await ada.press(question, '▶️ Do all 2, in this order')
  await room.sees(topic, /exit 0.*\nx$/s)
  expect((await daemon.get(id)).title).toBe('a new title')
  await ada.press(inGeneral, '▶️ Do it now')
  await room.topic('wanted yesterday')
})

test('a button that was pressed long ago does nothing, and that is said once', async () => {
  const { ada, daemon } = room
  const { id, topic, card } = session('pressed')
  const told = await room.sees(topic, /^🌙 You pressed .*Esc/)
  expect(told.text).toBe(
    '🌙 You pressed ⏹ Ctrl-C, Esc while alpha was away: nothing was done. Press again if you still want it.',
  )
  expect(room.said(topic).filter(({ text }) => text.startsWith('🌙'))).toEqual([told])
  expect((await daemon.get(id)).state).toBe('busy')
  expect((await ada.press(card, '⏹ Ctrl-C'))?.text).toBe('Ctrl-C')
  await room.sees(topic, /❌ exit 130/)
})

test('a topic that was closed meanwhile is asked about', async () => {
  const question = await room.sees(session('closed').topic, /^You closed the topic\./)
  expect(question.buttons).toEqual([['✖ End it', 'Open the topic again']])
})

test('of very much only the first is kept, and that is said', async () => {
  const { ada } = room
  const { id, topic } = session('very much')
  const question = await room.sees(topic, /\nThe 250 messages after these/)
  expect(question.text.split('\n')).toHaveLength(15)
  expect(question.text).toMatch(
    /\n• echo number 12\n… and 88 more\nThe 250 messages after these are more than is kept: write them again\.$/,
  )
  expect(room.said(topic).filter(({ text }) => AWAY.test(text))).toHaveLength(1)
  await ada.press(question, '▶️ Do all 100, in this order')
  await room.sees(topic, /\nnumber 100$/)
  // What is typed while the command before it runs may be echoed in front of what that prints.
  const { output } = await room.daemon.read(id)
  const printed = output.match(/(?<!echo )number \d+$/gm)
  expect(printed).toEqual(Array.from({ length: 100 }, (_, at) => `number ${at + 1}`))
})

test('after another restart the question is over, and nothing is typed', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('too late')
  await whileAway(() => void ada.say(topic, 'echo forgotten'))
  const question = await room.sees(topic, AWAY)
  await daemon.restart('SIGTERM')
  expect((await ada.press(question, '▶️ Do it now'))?.text).toBe(
    'This list is from before a restart, or a day old: it does nothing any more. Write again what you still want.',
  )
  await room.quiet()
  expect(await typedIn(daemon, id)).toEqual([])
})

test('what could not be listed is said to be not done by the next daemon', async () => {
  const { ada, daemon, telegram } = room
  const { id, topic } = await room.start('unlisted')
  let said: ChatMessage | undefined
  await whileAway(() => {
    telegram.faults.next('sendMessage', { code: 400, description: 'Bad Request: MESSAGE_REFUSED' }, 20)
    said = ada.say(topic, 'echo unlisted')
  })
  await until(() => telegram.faults.taken.some(({ method }) => method === 'sendMessage'), 'a refusal')
  await daemon.kill('SIGTERM')
  telegram.faults.clear()
  await daemon.start()
  expect((await room.answer(said as ChatMessage)).text).toMatch(
    /^⚠️ This computer stopped before it came to this: it was not done/,
  )
  expect(await typedIn(daemon, id)).toEqual([])
})

test('a press that came too late does not answer the question', async () => {
  const { ada, telegram } = room
  const { topic } = await room.start('pressed late')
  await whileAway(() => void ada.say(topic, 'echo asked'))
  const question = await room.sees(topic, AWAY)
  const description = 'Bad Request: query is too old and response timeout expired or query ID is invalid'
  telegram.faults.next('answerCallbackQuery', { code: 400, description })
  void ada.press(question, '▶️ Do it now')
  await room.sees(topic, /^🌙 You pressed ▶️ Do it now/)
  void ada.press(question, '▶️ Do it now')
  await room.sees(topic, /\nasked$/)
})
