import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { typedIn } from '../../support/journal-commands.ts'
import { privateMiB } from '../../support/processes.ts'
import type { Bot, Topic } from '../../support/telegram/index.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const bots: { trusted?: Bot; other?: Bot } = {}
const room = peopleForFile({
  options({ telegram, forum, bot }) {
    bot.account.readsBots = true
    for (const name of ['trusted', 'other'] as const) {
      const made = telegram.addBot({ username: `${name}_bot`, readsBots: true })
      telegram.join(forum, made, { admin: true })
      bots[name] = made
    }
    return { trustedBots: [bots.trusted?.id, bot.id] }
  },
})

/** Another program has its bot write. */
async function botSays(bot: Bot | undefined, topic: Topic, text: string): Promise<void> {
  const response = await fetch(`${room.telegram.apiRoot}/bot${bot?.token}/sendMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chat_id: topic.forum.id, message_thread_id: topic.id, text }),
  })
  expect(await response.json()).toMatchObject({ ok: true })
}

test('whoever is not listed is not heard, wherever they are and whatever they are, and gets no answer', async () => {
  const { eve, ada, telegram, forum, bot, daemon } = room
  const { id, topic, card } = await room.start('strange')
  telegram.join(forum, eve, { admin: true })
  await room.quiet()
  const before = telegram.counts.calls.length
  eve.say(topic, 'echo from eve')
  eve.say(topic, '/cancel')
  eve.say(topic, '/help')
  eve.say(forum, '/sessions')
  eve.say(bot, 'hello')
  eve.say(bot, '/start')
  eve.sendDocument(topic, Buffer.from('x'), 'x.txt', { caption: 'cat' })
  void eve.press(card, 'Esc')
  eve.renameTopic(topic, 'of eve')
  eve.closeTopic(topic)
  await room.quiet()
  expect(await typedIn(daemon, id)).toEqual([])
  expect(await daemon.get(id)).toMatchObject({ title: 'strange', state: 'ready' })
  const calls = telegram.counts.calls.slice(before).map(({ method }) => method)
  expect(new Set(calls)).toEqual(new Set(['getUpdates']))
  expect(room.said(topic)).toEqual([card])
  expect(room.said(forum.general)).toEqual([])
  expect(eve.chatWith(bot).messages.filter(({ from }) => from.id === bot.id)).toEqual([])
  const log = readFileSync(join(daemon.stateDir, 'daemon.log'), 'utf8')
  const noted = log.split('\n').filter(line => line.includes(`"user":${eve.id}`))
  expect(noted).toHaveLength(1)
  ada.reopenTopic(topic)
})

test('other groups are not heard, whoever writes there', async () => {
  const { ada, telegram, bot } = room
  const other = telegram.createForum({ title: 'Elsewhere', owner: ada })
  telegram.join(other, bot, { admin: true })
  const topic = ada.createTopic(other, '$alpha - strange')
  ada.say(topic, 'echo elsewhere')
  ada.say(other, '/sessions')
  ada.say(other, '/new alpha shell elsewhere')
  await room.quiet()
  expect(other.messages.filter(({ from }) => from.id === bot.id)).toEqual([])
})

test('an anonymous administrator is nobody, also if they are somebody', async () => {
  const { grace, telegram, forum, daemon } = room
  const { id, topic } = await room.start('anonymous')
  telegram.join(forum, grace, { admin: ['is_anonymous', 'can_manage_topics'] })
  grace.say(topic, 'echo anonymous')
  grace.say(topic, '/close')
  grace.closeTopic(topic)
  await room.quiet()
  expect(await typedIn(daemon, id)).toEqual([])
  expect(room.said(topic)).toHaveLength(1)
  telegram.join(forum, grace)
})

test('bots are not heard, but those that are trusted', async () => {
  const { daemon } = room
  const { id, topic } = await room.start('bots')
  await botSays(bots.other, topic, 'echo from a stranger')
  await botSays(bots.trusted, topic, 'echo from a friend')
  await room.sees(topic, /echo from a friend trusted_bot\n.*\nfrom a friend$/s)
  expect(await typedIn(daemon, id)).toEqual(['echo from a friend'])
})

test('bots that answer each other stop, until a person speaks', async () => {
  const { ada } = room
  const { topic } = await room.start('loop')
  const answers = () => room.said(topic).filter(({ text }) => text.startsWith('There is no command'))
  for (let turn = 1; turn <= 20; turn++) {
    await botSays(bots.trusted, topic, '/what')
    await until(() => answers().length === turn, `answer ${turn}`)
  }
  await botSays(bots.trusted, topic, '/what')
  await botSays(bots.trusted, topic, 'echo unheard')
  await room.quiet()
  expect(answers()).toHaveLength(20)
  ada.say(topic, 'echo a person')
  await room.sees(topic, /\na person$/)
  await botSays(bots.trusted, topic, '/what')
  await until(() => answers().length === 21, 'an answer again')
  expect(room.said(topic).some(({ text }) => text.includes('unheard'))).toBe(false)
})

test('what the bot does itself is never taken for what somebody did, even if it is listed', async () => {
  const { daemon } = room
  const { id, topic } = await room.start('itself')
  await daemon.call('session.rename', { session_id: id, title: 'by itself' })
  await daemon.call('session.close', { session_id: id })
  await until(() => topic.isClosed, 'a closed topic')
  await room.quiet()
  expect(room.said(topic).some(({ text }) => /^You closed/.test(text))).toBe(false)
})

test('ten thousand messages at once: others are answered meanwhile, and the person is told what was not done', async () => {
  const { ada, grace, daemon } = room
  const flooded = await room.start('flood')
  const calm = await room.start('calm')
  const before = privateMiB(daemon.pid)
  for (let number = 1; number <= 10_000; number++) {
    ada.say(flooded.topic, `: ${number}`)
    if (number === 5000) grace.say(calm.topic, 'echo in between')
  }
  await room.sees(calm.topic, /\nin between$/)
  const told = await room.sees(
    flooded.topic,
    /^⚠️ That was too much at once: this and the \d+ messages after it were not done\.$/,
  )
  const refused = 1 + Number(/\d+/.exec(told.text))
  const first = Number(/\d+/.exec(told.replyTo?.text ?? ''))
  expect(refused).toBeGreaterThan(5000)
  expect([first + refused - 1, (await typedIn(daemon, flooded.id)).length]).toEqual([10_000, first - 1])
  expect(privateMiB(daemon.pid) - before).toBeLessThan(64)
  ada.say(flooded.topic, 'echo calm again')
  await room.sees(flooded.topic, /\ncalm again$/)
})
