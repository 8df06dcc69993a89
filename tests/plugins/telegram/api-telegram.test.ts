import { InputFile } from 'grammy'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { createBotApi } from '../../../plugins/telegram/api/bot-api.ts'
import { createPoller, type PollerState } from '../../../plugins/telegram/api/poller.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { NO_LIMITS, TelegramServer } from '../../support/telegram/index.ts'
import { until } from '../../support/until.ts'

/** A forum with a bot, whose poller takes down what a person says. */
async function heardBot(clock = systemClock) {
  const telegram = await TelegramServer.start({ clock, limits: NO_LIMITS })
  const bot = telegram.addBot({ username: 'sessions_bot', canReadAllGroupMessages: true })
  const forum = telegram.createForum({ title: 'Sessions' })
  const person = telegram.addUser({ firstName: 'Ada' })
  telegram.join(forum, bot, { admin: true })
  telegram.join(forum, person)
  const { log, lines } = capturedLog()
  const api = createBotApi({ token: bot.token, apiRoot: telegram.apiRoot, clock, log })
  const heard: string[] = []
  const states: PollerState[] = []
  const poller = () =>
    createPoller({
      ...{ api, clock, log, allowedUpdates: ['message'] },
      load: () => undefined,
      take: async updates => {
        for (const { message } of updates) if (message?.text) heard.push(message.text)
      },
      onState: state => void states.push(state),
    })
  return { ...{ telegram, bot, forum, person, api, heard, states, poller, lines } }
}

describe('a bot at Telegram', () => {
  it('hears what a person says, in order, each once, though answers fail and updates come twice', async () => {
    const { telegram, forum, person, heard, poller } = await heardBot()
    await using _ = telegram
    const listening = poller()
    listening.start()
    telegram.faults.random({ rate: 0.3, seed: 11, kinds: ['duplicate-update'], methods: ['getUpdates'] })
    const said = Array.from({ length: 100 }, (_, index) => `line ${index}`)
    for (const text of said) {
      person.say(forum, text)
      if (text.endsWith('7')) await until(() => heard.includes(text))
    }
    await until(() => heard.length >= said.length)
    await listening.stop()
    expect(heard).toEqual(said)
  })

  it('is told that another program polls, and hears again when that one is gone', async () => {
    const { telegram, states, poller, person, forum, heard, lines } = await heardBot()
    await using _ = telegram
    telegram.faults.next('getUpdates', {
      code: 409,
      description: 'Conflict: terminated by other getUpdates request',
    })
    const listening = poller()
    listening.start()
    await until(() => states[0]?.kind === 'waiting')
    expect(lines.join()).toContain('Only one program can hear')
    await listening.stop()
    const again = poller()
    again.start()
    person.say(forum, 'hello')
    await until(() => heard.length === 1)
    await again.stop()
  })

  it('whose token is revoked says so, and nothing in the log has the token', async () => {
    const { telegram, bot, states, poller, lines } = await heardBot()
    await using _ = telegram
    bot.revokeToken()
    const listening = poller()
    listening.start()
    await until(() => states[0]?.kind === 'waiting')
    expect(states[0]).toMatchObject({ fault: { kind: 'unauthorized' } })
    await listening.stop()
    expect(lines.join()).not.toContain(bot.token)
  })

  it('sends a file and gets one, byte for byte', async () => {
    const { telegram, api, forum, person } = await heardBot()
    await using _ = telegram
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251))
    const sent = await api.call('sendDocument', {
      chat_id: forum.id,
      document: new InputFile(bytes, 'result.txt'),
    })
    person.sendDocument(forum, bytes, 'upload.bin')
    const updates = await api.call('getUpdates', {})
    for (const document of [sent.document, updates.at(-1)?.message?.document]) {
      const chunks: Uint8Array[] = []
      await api.download(document?.file_id ?? '', chunk => void chunks.push(chunk), { maxBytes: 1_000_000 })
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    }
  })

  it('knows each refusal for what it is', async () => {
    const { telegram, api, forum, bot } = await heardBot()
    await using _ = telegram
    const refusalOf = (call: Promise<unknown>) =>
      call.then(
        () => 'none',
        thrown => thrown.kind,
      )
    const chat_id = forum.id
    const topic = await api.call('createForumTopic', { chat_id, name: 'topic' })
    const message_thread_id = topic.message_thread_id
    const { message_id } = await api.call('sendMessage', { chat_id, message_thread_id, text: 'text' })
    const edit = (text: string, id = message_id) =>
      api.call('editMessageText', { chat_id, message_id: id, text })
    const say = (text: string, more = {}) => api.call('sendMessage', { chat_id, text, ...more })
    expect(await refusalOf(edit('text'))).toBe('not-modified')
    expect(await refusalOf(edit('other', 999_999))).toBe('message-gone')
    expect(await refusalOf(say('x'.repeat(4097)))).toBe('too-long')
    expect(await refusalOf(say('<b>', { parse_mode: 'HTML' }))).toBe('bad-markup')
    expect(await refusalOf(say(''))).toBe('refused')
    expect(await refusalOf(api.call('sendMessage', { chat_id: -100_777, text: 'text' }))).toBe('chat-gone')
    await api.call('deleteForumTopic', { chat_id, message_thread_id })
    expect(await refusalOf(say('text', { message_thread_id }))).toBe('thread-gone')
    telegram.join(forum, bot)
    expect(await refusalOf(api.call('createForumTopic', { chat_id, name: 'topic' }))).toBe('no-rights')
    telegram.kick(forum, bot)
    expect(await refusalOf(say('text'))).toBe('kicked')
    bot.revokeToken()
    expect(await refusalOf(say('text'))).toBe('unauthorized')
  })
})
