import { InputFile } from 'grammy'
import { expect, test } from 'vitest'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { NO_LIMITS } from '../support/telegram/index.ts'
import { refusal, scene } from './telegram-scene.ts'

const limits = NO_LIMITS

test('a bot sends a file with a caption and buttons, and a person has its bytes', async () => {
  const { api, ada, forum } = await scene({ limits })
  const topic = ada.createTopic(forum, 'one')
  const bytes = new Uint8Array([0, 13, 10, 45, 45, 255])
  const sent = await api.sendDocument(forum.id, new InputFile(bytes, 'lög "1".txt'), {
    message_thread_id: topic.id ?? 0,
    caption: '<b>all</b> of it',
    parse_mode: 'HTML',
    reply_markup: { inline_keyboard: [[{ text: 'Again', callback_data: 'again' }]] },
  })
  const [message] = topic.messages
  expect(Buffer.from(message?.document?.bytes ?? [])).toEqual(Buffer.from(bytes))
  expect(message?.document?.name).toBe('lög "1".txt')
  expect(message?.entityTexts('bold')).toEqual(['all'])
  expect(message?.buttons).toEqual([['Again']])
  await api.sendDocument(forum.id, sent.document.file_id)
  expect(forum.general.messages[0]?.document).toBe(message?.document)
})

test('a caption of 1025 characters is refused, and so is an empty file', async () => {
  const { api, forum } = await scene({ limits })
  const send = (size: number, caption: string) =>
    refusal(api.sendDocument(forum.id, new InputFile(new Uint8Array(size), 'a.txt'), { caption }))
  expect(await send(1, 'x'.repeat(1025))).toBe('400 Bad Request: message caption is too long')
  expect(await send(0, '')).toBe('400 Bad Request: file must be non-empty')
})

test('a bot fetches what a person sent, for an hour, with its own token', async () => {
  const clock = new FakeClock()
  const { telegram, bot, api, ada, forum } = await scene({ limits, clock })
  ada.sendDocument(forum, Buffer.from('hello'), 'a.txt', { caption: 'see' })
  ada.sendPhoto(forum, Buffer.from('picture'))
  const messages = (await api.getUpdates()).flatMap(({ message }) => message ?? [])
  const id = messages.find(({ caption }) => caption === 'see')?.document?.file_id ?? ''
  const photo = messages.at(-1)?.photo?.at(-1)?.file_id ?? ''
  const { file_path } = await api.getFile(id)
  const download = (token: string) => fetch(`${telegram.apiRoot}/file/bot${token}/${file_path}`)
  expect(await (await download(bot.token)).text()).toBe('hello')
  expect((await download(telegram.addBot({ username: 'other_bot' }).token)).status).toBe(404)
  await clock.advance(3_600_001)
  expect((await download(bot.token)).status).toBe(404)
  expect((await api.getFile(photo)).file_size).toBe(7)
  expect(await refusal(api.getFile('nothing'))).toMatch(/wrong file_id/)
})

test('20 MB come down and 50 MB go up, no more', async () => {
  const { api, ada, forum } = await scene({ limits })
  const large = ada.sendDocument(forum, new Uint8Array(20 * 1024 * 1024 + 1), 'large.bin')
  const [update] = (await api.getUpdates()).filter(({ message }) => message?.message_id === large.id)
  expect(await refusal(api.getFile(update?.message?.document?.file_id ?? ''))).toBe(
    '400 Bad Request: file is too big',
  )
  const tooLarge = new InputFile(new Uint8Array(51 * 1024 * 1024), 'larger.bin')
  expect(await refusal(api.sendDocument(forum.id, tooLarge))).toBe('413 Request Entity Too Large')
})
