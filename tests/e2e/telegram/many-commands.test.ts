import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { peopleForFile } from '../../support/telegram-people.ts'

/** Slower than questions come, so that their answers wait. */
const room = peopleForFile({ options: () => ({ messagesPerMinute: 300 }) })

test('a thousand commands at once: others are answered, and the person is told what was not done', async () => {
  const { ada, grace, daemon } = room
  const { topic } = await room.start('many commands')
  const commands = Array.from({ length: 1000 }, () => ada.say(topic, '/computers'))
  const ofGrace = grace.say(topic, '/help')
  expect((await room.answer(ofGrace)).text).toMatch(/^Every session has a topic/)
  const told = await room.sees(topic, /^⚠️ That was too much at once: this and the \d+ messages after it/)
  const done = told.replyTo ? commands.indexOf(told.replyTo) : -1
  expect(done + 1 + Number(/\d+/.exec(told.text))).toBe(1000)
  const answers = room.said(topic).filter(({ text }) => text.startsWith('🟢 alpha'))
  expect(answers.map(({ replyTo }) => replyTo)).toEqual(commands.slice(0, done))
  const log = readFileSync(join(daemon.stateDir, 'daemon.log'), 'utf8')
  expect(log).not.toContain('somebody in Telegram could not be answered')
})
