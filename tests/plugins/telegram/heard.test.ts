import type { Message, Update } from 'grammy/types'
import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createBotLoops } from '../../../plugins/telegram/people/bot-loops.ts'
import { createGate } from '../../../plugins/telegram/people/gate.ts'
import { type Heard, hear } from '../../../plugins/telegram/people/heard.ts'
import { capturedLog } from '../../support/captured-log.ts'

const GROUP = -1001234567890
const ADA = { id: 42, is_bot: false, first_name: 'Ada', last_name: 'L' }
const forum = { id: GROUP, type: 'supergroup', title: 'g', is_forum: true } as const

function update(message: object): Update {
  const common = {
    message_id: 5,
    date: 1000,
    chat: forum,
    from: ADA,
    is_topic_message: true,
    message_thread_id: 9,
  }
  // The parts of a message that matter here.
  return { update_id: 1, message: { ...common, ...message } as Message & Update.NonChannel }
}

const command = (text: string) => update({ text, entities: [{ type: 'bot_command', offset: 0, length: 4 }] })

describe('what is heard', () => {
  test('text, with who said it, where and when', () => {
    expect(hear(update({ text: 'ls' }))).toEqual({
      ...{ type: 'text', update: 1, text: 'ls', isForwarded: false, chat: GROUP, isPrivate: false, topic: 9 },
      ...{ message: 5, at: 1_000_000, person: { id: 42, name: 'Ada L', isBot: false } },
    })
  })

  test.each([
    ['/key up enter', 'key', 'up enter', null],
    ['/Screen@my_bot', 'screen', '', 'my_bot'],
    ['/rename two\nlines ', 'rename', 'two\nlines', null],
  ])('the command %j', (text, name, args, bot) => {
    expect(hear(command(text))).toMatchObject({ type: 'command', name, args, bot })
  })

  test('a path at the beginning of a line is no command', () => {
    expect(hear(update({ text: '/etc/passwd' }))).toMatchObject({ type: 'text', text: '/etc/passwd' })
  })

  test('a forwarded command is text, and known to be forwarded', () => {
    const forward_origin = { type: 'hidden_user', sender_user_name: 'x', date: 1 }
    const heard = hear(update({ ...command('/close').message, forward_origin }))
    expect(heard).toMatchObject({ type: 'text', text: '/close', isForwarded: true })
  })

  test.each([
    ['an edited message', { update_id: 1, edited_message: update({ text: 'x' }).message } as Update],
    ['who writes in the name of a chat', update({ text: 'x', sender_chat: forum })],
    ['what came through another bot', update({ text: 'x', via_bot: { ...ADA, is_bot: true } })],
    ['somebody who joined', update({ new_chat_members: [ADA] })],
    ['a message from nobody', update({ text: 'x', from: undefined })],
  ])('%s is not', (_, one) => {
    expect(hear(one)).toBeNull()
  })

  test('a press, with what its button says, where it is', () => {
    const keyboard = { inline_keyboard: [[{ text: 'Esc', callback_data: 'x' }]] }
    const message = { ...update({ reply_markup: keyboard }).message, date: 5 }
    const query = { id: '7', from: ADA, chat_instance: '1', data: 'x' }
    const pressed = (on: object) =>
      hear({ update_id: 1, callback_query: { ...query, message: on } } as Update)
    expect(pressed(message)).toMatchObject({ type: 'press', query: '7', data: 'x', label: 'Esc', topic: 9 })
    const hidden = { chat: forum, message_id: 5, date: 0 }
    expect(pressed(hidden)).toMatchObject({ type: 'press', label: null, topic: null })
  })

  test('outside topics a thread is no topic', () => {
    expect(hear(update({ text: 'x', is_topic_message: undefined }))).toMatchObject({ topic: null })
  })

  test('that a file came with others', () => {
    const file = { document: { file_id: 'x' }, media_group_id: '7' }
    expect(hear(update(file))).toMatchObject({ type: 'file', isInAlbum: true })
  })

  test('the largest of the sizes of a photo', () => {
    const photo = [
      { file_id: 'small', file_size: 1 },
      { file_id: 'large', file_size: 9 },
    ]
    expect(hear(update({ photo, caption: 'look' }))).toMatchObject({
      ...{ type: 'file', caption: 'look', isInAlbum: false },
      file: { id: 'large', name: null, extension: '.jpg', bytes: 9 },
    })
  })
})

function gate() {
  const clock = new FakeClock()
  const { log, records } = capturedLog()
  const options = { allowedUsers: [42], trustedBots: [77] }
  return { gate: createGate({ options, group: { id: GROUP }, self: 1, clock, log }), clock, records }
}

function said(change: Partial<Heard['person']> & { chat?: number; isPrivate?: boolean }): Heard {
  const heard = hear(update({ text: 'x' }))
  if (!heard) throw new Error('not heard')
  const { chat = GROUP, isPrivate = false, ...person } = change
  return { ...heard, chat, isPrivate, person: { ...heard.person, ...person } }
}

describe('the gate', () => {
  test('lets in listed people in the group, and in a chat of their own', () => {
    const { gate: it } = gate()
    expect(it.isHeard(said({}))).toBe(true)
    expect(it.isHeard(said({ chat: 42, isPrivate: true }))).toBe(true)
    expect(it.isHeard(said({ id: 77, isBot: true }))).toBe(true)
  })

  test.each([
    ['a stranger with the name of somebody', { id: 43 }],
    ['somebody in another group', { chat: -1009 }],
    ['somebody in the private chat of another', { chat: 43, isPrivate: true }],
    ['a bot that has the number of a person', { isBot: true }],
    ['a person with the number of a trusted bot', { id: 77 }],
  ])('keeps out %s', (_, change) => {
    expect(gate().gate.isHeard(said(change))).toBe(false)
  })

  test('keeps out what it did itself, whoever trusts it', () => {
    const { log } = capturedLog()
    const options = { allowedUsers: [42], trustedBots: [77] }
    const own = createGate({ options, group: { id: GROUP }, self: 77, clock: new FakeClock(), log })
    expect(own.isHeard(said({ id: 77, isBot: true }))).toBe(false)
  })

  test('logs each stranger once an hour, and itself never', async () => {
    const { gate: it, clock, records } = gate()
    for (let n = 0; n < 100; n++) it.isHeard(said({ id: 43 }))
    it.isHeard(said({ id: 1, isBot: true }))
    expect(records().map(record => record.user)).toEqual([43])
    await clock.advance(3_600_000)
    it.isHeard(said({ id: 43 }))
    expect(records()).toHaveLength(2)
  })
})

test('the gate does not log that the bot of another computer looks after its topic', () => {
  const { gate: it, records } = gate()
  const heard = hear(update({ forum_topic_closed: {}, from: { ...ADA, id: 5, is_bot: true } }))
  expect(heard).toMatchObject({ type: 'topic-closed' })
  expect(heard && it.isHeard(heard)).toBe(false)
  expect(records()).toEqual([])
})

test('bots that talk without a person are not heard until one speaks, however long that is', async () => {
  const { log, records } = capturedLog()
  const clock = new FakeClock()
  const loops = createBotLoops(clock, log)
  const bot = said({ id: 77, isBot: true })
  const heard = () =>
    Array.from({ length: 30 }, () => loops.isLooping(bot)).filter(isLooping => !isLooping).length
  expect(heard()).toBe(20)
  expect(heard()).toBe(0)
  await clock.advance(86_400_000)
  expect(heard()).toBe(0)
  expect(records()).toHaveLength(1)
  expect(loops.isLooping(said({}))).toBe(false)
  expect(heard()).toBe(20)
})

test('that bots talk in a thousand other topics lets none be heard again', () => {
  const loops = createBotLoops(new FakeClock(), capturedLog().log)
  const bot = said({ id: 77, isBot: true })
  for (let n = 0; n < 30; n++) loops.isLooping(bot)
  for (let topic = 1; topic <= 2000; topic++) {
    loops.isLooping({ ...bot, topic })
    if (topic % 500 === 0) expect(loops.isLooping(bot)).toBe(true)
  }
})

test('a bot that says little is heard as long as it likes', async () => {
  const clock = new FakeClock()
  const loops = createBotLoops(clock, capturedLog().log)
  const bot = said({ id: 77, isBot: true })
  for (let n = 0; n < 200; n++) {
    expect(loops.isLooping(bot)).toBe(false)
    await clock.advance(60_000)
  }
})
