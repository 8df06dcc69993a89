import { expect, test } from 'vitest'
import { peopleForFile, type Started } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const room = peopleForFile()
const NO_USE = 'This button is not for you, or of no use any more.'

/** A program that says which bytes a key sent. */
async function showingKeys(title: string): Promise<Started & { printed(): Promise<string> }> {
  const started = await room.start(title, {
    command: ['bash', '-c', 'echo ready; stty -icanon -echo; exec od -An -v -tx1 -w1'],
  })
  const printed = async () => (await room.daemon.read(started.id)).output.replace(/\s+/g, ' ')
  await until(async () => (await printed()).includes('ready'), 'a program that reads')
  return { ...started, printed }
}

test('the buttons below the card', async () => {
  const { card } = await room.start('card')
  expect(card.buttons).toEqual([
    ['⏹ Ctrl-C', 'Esc', 'Tab', '⏎'],
    ['↑', '↓', '←', '→'],
    ['🖥 screen', '📄 log', '✖ close'],
  ])
})

test('each key arrives, and the person is told which', async () => {
  const { card, printed } = await showingKeys('keys')
  const pressed: (string | undefined)[] = []
  for (const label of ['Esc', 'Tab', '⏎', '↑', '↓', '←', '→'])
    pressed.push((await room.ada.press(card, label))?.text)
  expect(pressed).toEqual(['esc', 'tab', 'enter', 'up', 'down', 'left', 'right'])
  const bytes = '1b 09 0a 1b 5b 41 1b 5b 42 1b 5b 44 1b 5b 43'
  await until(async () => (await printed()).includes(bytes), 'the bytes of the keys')
})

test('Ctrl-C interrupts', async () => {
  const { topic, card } = await room.start('interrupt')
  room.ada.say(topic, 'sleep 60')
  await room.sees(topic, /▶️ running/)
  expect(await room.ada.press(card, '⏹ Ctrl-C')).toEqual({ text: 'Ctrl-C', isAlert: false })
  await room.sees(topic, /sleep 60 Ada\n❌ exit 130/)
})

test('the live message has them too', async () => {
  const { topic } = await room.start('live')
  room.ada.say(topic, 'sleep 60')
  const live = await room.sees(topic, /▶️ running/)
  await room.ada.press(live, '⏹ Ctrl-C')
  await room.sees(topic, /❌ exit 130/)
})

test('the screen, the log and the end', async () => {
  const { topic, card, id } = await room.start('others')
  room.ada.say(topic, 'echo shown')
  await room.sees(topic, /\nshown$/)
  expect(await room.ada.press(card, '🖥 screen')).toEqual({ text: undefined, isAlert: false })
  await room.sees(topic, /^\$ echo shown\nshown\n\$/)
  expect(await room.ada.press(card, '📄 log')).toMatchObject({ isAlert: false })
  await until(() => room.said(topic).find(({ document }) => document?.name === 'others.txt'), 'the log')
  expect(await room.grace.press(card, '✖ close')).toMatchObject({ isAlert: false })
  const question = await room.sees(topic, /^End others/)
  expect((await room.ada.press(question, '✖ End it'))?.text).toBe(NO_USE)
  await room.grace.press(question, '✖ End it')
  await until(() => topic.isClosed, 'a closed topic')
  expect((await room.daemon.get(id)).closeReason).toBe(`closed by telegram:${room.grace.id}`)
})

test('what somebody made up, and the button of another session, do nothing', async () => {
  const one = await showingKeys('one')
  const two = await showingKeys('two')
  const dataOf = (label: string) => {
    const buttons = (two.card.keyboard?.inline_keyboard ?? []).flat()
    const button = buttons.find(({ text }) => text === label)
    return button && 'callback_data' in button ? button.callback_data : ''
  }
  for (const data of [
    'key:esc',
    'interrupt',
    'x',
    `${'A'.repeat(22)}key:esc`,
    dataOf('Esc'),
    dataOf('✖ close'),
  ])
    expect((await room.ada.press(one.card, { data }))?.text, data).toBe(NO_USE)
  await room.ada.press(one.card, 'Tab')
  await until(async () => (await one.printed()).endsWith('ready 09 '), 'the Tab alone')
  expect(room.said(one.topic)).toHaveLength(1)
})

test('of an ended session they say that it has ended', async () => {
  const { topic, card, id } = await room.start('over')
  await room.daemon.call('session.close', { session_id: id })
  await until(() => topic.isClosed, 'a closed topic')
  expect(await room.ada.press(card, 'Esc')).toMatchObject({ text: 'esc' })
  await room.sees(topic, /^This session has ended\./)
})

test('somebody who is not heard gets no answer, not even to a press', async () => {
  const { card, printed } = await showingKeys('stranger')
  const pressed = room.eve.press(card, 'Esc')
  await room.ada.press(card, 'Tab')
  await until(async () => (await printed()).endsWith('ready 09 '), 'the Tab alone')
  let isAnswered = false
  void pressed.then(answer => {
    isAnswered = answer !== null
  })
  await room.quiet()
  expect(isAnswered).toBe(false)
})
