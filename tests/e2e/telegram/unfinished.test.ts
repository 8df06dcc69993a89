import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { typedIn } from '../../support/journal-commands.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const room = peopleForFile()

/** Has Telegram never answer the next question for a file, which so keeps whoever sent it waiting. */
async function hanging(send: () => void): Promise<void> {
  const { telegram } = room
  const before = telegram.faults.given.get('timeout') ?? 0
  telegram.faults.next('getFile', 'timeout')
  send()
  await until(() => telegram.faults.given.get('timeout') === before + 1, 'a question that is not answered')
}

test('what was being done when the daemon was killed is told, not done again; what waited was not done', async () => {
  const { ada, grace, daemon } = room
  const { id, topic } = await room.start('killed')
  let sent = ada.say(topic, 'echo before')
  await room.sees(topic, /\nbefore$/)
  await hanging(() => {
    sent = ada.sendDocument(topic, Buffer.from('x'), 'x.txt', { caption: 'cat' })
  })
  const first = ada.say(topic, 'echo waiting')
  ada.say(topic, 'echo waiting too')
  grace.say(topic, 'echo from grace')
  await room.sees(topic, /\nfrom grace$/)
  await daemon.restart('SIGKILL')
  expect((await room.answer(sent)).text).toBe(
    '⚠️ This computer stopped while it did this: it may have been done, or not. Look before you ask again.',
  )
  expect((await room.answer(first)).text).toBe(
    '⚠️ This computer stopped before it came to this and one more message: they were not done.',
  )
  ada.say(topic, 'echo after')
  await room.sees(topic, /\nafter$/)
  expect(await typedIn(daemon, id)).toEqual(['echo before', 'echo from grace', 'echo after'])
  const folder = join(daemon.stateDir, 'telegram/uploads', id)
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
})

test('it is told once', async () => {
  const { daemon } = room
  const told = () => room.forum.messages.filter(({ text }) => text.includes('This computer stopped')).length
  const before = told()
  await daemon.restart('SIGKILL')
  await room.quiet()
  expect(told()).toBe(before)
})

test('Ctrl-C does not wait for a file that is on its way', async () => {
  const { ada } = room
  const { topic, card } = await room.start('urgent')
  ada.say(topic, 'sleep 60')
  await room.sees(topic, /▶️ running/)
  await hanging(() => void ada.sendDocument(topic, Buffer.from('x'), 'x.txt'))
  expect((await ada.press(card, '⏹ Ctrl-C'))?.text).toBe('Ctrl-C')
  await room.sees(topic, /❌ exit 130/)
})

test('what Telegram tells twice is done once, also by another daemon', async () => {
  const { ada, daemon, telegram } = room
  const { id, topic } = await room.start('twice')
  ada.say(topic, 'echo once')
  await room.sees(topic, /\nonce$/)
  telegram.faults.next('getUpdates', 'duplicate-update', 2)
  ada.say(topic, 'echo more')
  await room.sees(topic, /\nmore$/)
  await daemon.kill('SIGTERM')
  telegram.faults.next('getUpdates', 'duplicate-update', 2)
  await daemon.start()
  ada.say(topic, 'echo last')
  await room.sees(topic, /\nlast$/)
  expect(await typedIn(daemon, id)).toEqual(['echo once', 'echo more', 'echo last'])
})

test('what was written while the daemon was away for a moment is typed when it is back', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('a moment')
  await daemon.kill('SIGKILL')
  ada.say(topic, 'echo in between')
  await daemon.start()
  await room.sees(topic, /\nin between$/)
  expect(await typedIn(daemon, id)).toEqual(['echo in between'])
})
