import { InputFile } from 'grammy'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createBotApi } from '../../../plugins/telegram/api/bot-api.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { freePort } from '../../support/free-port.ts'
import { type Answer, answeringServer, json } from './answering-server.ts'

const TOKEN = '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
const hello = { chat_id: -1, text: 'hello' }

async function botAt(answer: Answer, clock = systemClock, token = TOKEN) {
  const server = await answeringServer(answer)
  const { log, records, lines } = capturedLog()
  const api = createBotApi({ token, apiRoot: server.apiRoot, clock, log })
  return { api, server, records, lines, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** Everything that a log or a person could come to see of an error. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const fields = JSON.stringify(error, Object.getOwnPropertyNames(error))
  return `${fields} ${error.stack} ${String(error)} ${error.cause === undefined ? '' : shown(error.cause)}`
}

describe('a call of the Bot API', () => {
  it('answers the result', async () => {
    await using bot = await botAt(json({ ok: true, result: { message_id: 5 } }))
    expect(await bot.api.call('sendMessage', hello)).toEqual({ message_id: 5 })
    expect(bot.server.paths).toEqual([`/bot${TOKEN}/sendMessage`])
  })

  it('works where the method takes nothing, and where apiRoot ends with a slash', async () => {
    const server = await answeringServer(
      json({ ok: true, result: { id: 1, is_bot: true, first_name: 'bot' } }),
    )
    await using _ = server
    const api = createBotApi({ token: TOKEN, apiRoot: `${server.apiRoot}/`, clock: systemClock })
    expect(await api.call('getMe', {})).toMatchObject({ id: 1 })
    expect(server.paths).toEqual([`/bot${TOKEN}/getMe`])
  })

  it('that is limited says exactly for how long', async () => {
    const refusal = {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 35',
      parameters: { retry_after: 35 },
    }
    await using bot = await botAt(json(refusal, 429))
    await expect(bot.api.call('sendMessage', hello)).rejects.toMatchObject({
      code: 'TC_ERR_ADAPTER',
      ...{
        kind: 'rate-limit',
        method: 'sendMessage',
        retryAfterMs: 35_000,
        retryable: true,
        isOutcomeUnknown: false,
      },
    })
  })

  it('to a group that moved says where to', async () => {
    const refusal = {
      ok: false,
      error_code: 400,
      description: 'upgraded',
      parameters: { migrate_to_chat_id: -1002 },
    }
    await using bot = await botAt(json(refusal, 400))
    await expect(bot.api.call('sendMessage', hello)).rejects.toMatchObject({
      kind: 'migrated',
      migratedTo: -1002,
    })
  })

  it('that is never answered ends when its time is over, by the clock that was given', async () => {
    const clock = new FakeClock()
    const heard = Promise.withResolvers<void>()
    await using bot = await botAt(() => heard.resolve(), clock)
    const call = bot.api.call('sendMessage', hello)
    await heard.promise
    const settled = expect(call).rejects.toMatchObject({ kind: 'unavailable', isOutcomeUnknown: true })
    await clock.advance(30_000)
    await settled
    expect(clock.timers).toBe(0)
  })

  it('whose answer stops halfway ends when its time is over', async () => {
    const clock = new FakeClock()
    const begun = Promise.withResolvers<void>()
    await using bot = await botAt((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"ok":', () => begun.resolve())
    }, clock)
    const call = bot.api.call('sendMessage', hello, { timeoutMs: 5000 })
    await begun.promise
    const settled = expect(call).rejects.toMatchObject({ kind: 'unavailable', isOutcomeUnknown: true })
    await clock.advance(5000)
    await settled
  })

  it('can be called off', async () => {
    const heard = Promise.withResolvers<void>()
    await using bot = await botAt(() => heard.resolve())
    const wanted = new AbortController()
    const call = bot.api.call('sendMessage', hello, { signal: wanted.signal })
    await heard.promise
    wanted.abort()
    await expect(call).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  })

  it('to where nobody listens has surely not taken effect; one that was cut may have', async () => {
    const api = createBotApi({
      token: TOKEN,
      apiRoot: `http://127.0.0.1:${await freePort()}`,
      clock: systemClock,
    })
    await expect(api.call('sendMessage', hello)).rejects.toMatchObject({
      kind: 'unavailable',
      isOutcomeUnknown: false,
    })
    await using bot = await botAt(request => request.socket.destroy())
    await expect(bot.api.call('sendMessage', hello)).rejects.toMatchObject({
      kind: 'unavailable',
      isOutcomeUnknown: true,
    })
  })

  it('that finds no Bot API server there says so', async () => {
    await using page = await botAt((_, response) => void response.end('<html>Bad Gateway</html>'))
    await expect(page.api.call('sendMessage', hello)).rejects.toThrow(/not that of a Bot API server/)
    await using elsewhere = await botAt(
      (_, response) => void response.writeHead(302, { location: '/x' }).end(),
    )
    await expect(elsewhere.api.call('sendMessage', hello)).rejects.toThrow(/sends elsewhere/)
    for (const nonsense of [null, 7, [], {}, { ok: false }]) {
      await using odd = await botAt(json(nonsense))
      await expect(odd.api.call('sendMessage', hello)).rejects.toMatchObject({ code: 'TC_ERR_ADAPTER' })
    }
  })

  it('with an endless answer ends', async () => {
    const piece = 'x'.repeat(1_000_000)
    await using bot = await botAt((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(piece));
      }
      response.on('drain', more)
      more()
    })
    await expect(bot.api.call('sendMessage', hello)).rejects.toThrow(/too large/)
  })

  it('with a file that cannot be read is not taken for Telegram’s fault', async () => {
    await using bot = await botAt((request, response) => {
      request.on('end', () => json({ ok: true, result: {} })(request, response))
    })
    const document = new InputFile('/nowhere/at/all')
    await expect(bot.api.call('sendDocument', { chat_id: 1, document })).rejects.toMatchObject({
      kind: 'refused',
    })
  })

  it('of a method that the server does not have is made once and then refused, logged once', async () => {
    await using bot = await botAt(
      json({ ok: false, error_code: 404, description: 'Not Found: method not found' }, 404),
    )
    expect(bot.api.supports('createForumTopic')).toBe(true)
    for (let time = 0; time < 3; time++) {
      const call = bot.api.call('createForumTopic', { chat_id: -1, name: 'topic' })
      await expect(call).rejects.toMatchObject({ kind: 'no-method' })
    }
    expect(bot.api.supports('createForumTopic')).toBe(false)
    expect(bot.api.supports('sendMessage')).toBe(true)
    expect(bot.server.paths).toHaveLength(1)
    expect(bot.records()).toHaveLength(1)
  })

  it('with a token that is none says so', async () => {
    await using malformed = await botAt(json({ ok: false, error_code: 404, description: 'Not Found' }, 404))
    await expect(malformed.api.call('getMe', {})).rejects.toMatchObject({ kind: 'unauthorized' })
    await using wrong = await botAt(json({ ok: false, error_code: 401, description: 'Unauthorized' }, 401))
    await expect(wrong.api.call('getMe', {})).rejects.toThrow(/BotFather/)
  })

  it('never shows the token or what was sent, whatever fails and whatever the token looks like', async () => {
    for (const token of [TOKEN, 'odd token?', 'secret']) {
      const echo: Answer = (request, response) =>
        json(
          {
            ok: false,
            error_code: 400,
            description: `bad ${decodeURIComponent(request.url ?? '')} \u202e\u0000`,
          },
          400,
        )(request, response)
      const answers: Answer[] = [
        echo,
        request => request.socket.destroy(),
        (_, response) => void response.end('<html>'),
        (request, response) => void response.writeHead(302, { location: request.url ?? '' }).end(),
      ]
      for (const answer of answers) {
        await using bot = await botAt(answer, systemClock, token)
        const error = await bot.api
          .call('sendMessage', { chat_id: 1, text: 'private words' })
          .catch(thrown => thrown)
        expect(error).toMatchObject({ code: 'TC_ERR_ADAPTER' })
        bot.server.paths.length = 0
        expect(shown(error)).not.toContain(token)
        expect(shown(error)).not.toContain(encodeURIComponent(token))
        expect(shown(error)).not.toContain('private words')
        expect(error.message).not.toMatch(/[\u0000-\u001f\u202e]/)
      }
      const api = createBotApi({ token, apiRoot: `http://127.0.0.1:${await freePort()}`, clock: systemClock })
      const error = await api.call('getMe', {}).catch(thrown => thrown)
      expect(shown(error)).not.toContain(token)
    }
  })

  it('tells nobody the token, though one looks at the api itself', async () => {
    const api = createBotApi({ token: TOKEN, apiRoot: 'http://127.0.0.1', clock: systemClock })
    const { inspect } = await import('node:util')
    expect(inspect(api, { depth: 9, showHidden: true })).not.toContain(TOKEN)
    expect(JSON.stringify(api)).not.toContain(TOKEN)
  })
})

describe('a download', () => {
  const content = Buffer.alloc(300_000, 'content ')
  const serving =
    (file: object): Answer =>
    (request, response) =>
      request.url?.includes('/getFile')
        ? json({ ok: true, result: file })(request, response)
        : void response.end(content)

  async function download(bot: { api: ReturnType<typeof createBotApi> }, maxBytes = 1_000_000) {
    const chunks: Uint8Array[] = []
    const bytes = await bot.api.download('file', chunk => void chunks.push(chunk), { maxBytes })
    return { bytes, whole: Buffer.concat(chunks) }
  }

  it('gives every byte, in order', async () => {
    await using bot = await botAt(serving({ file_id: 'file', file_path: 'documents/a file#1.txt' }))
    const { bytes, whole } = await download(bot)
    expect(bytes).toBe(content.length)
    expect(whole.equals(content)).toBe(true)
    expect(bot.server.paths[1]).toBe(`/file/bot${TOKEN}/documents/a%20file%231.txt`)
  })

  it('of more than it may take ends, though Telegram said that it is small', async () => {
    await using honest = await botAt(serving({ file_id: 'file', file_path: 'x', file_size: 300_000 }))
    await expect(download(honest, 299_999)).rejects.toMatchObject({ kind: 'too-long' })
    expect(honest.server.paths).toHaveLength(1)
    await using liar = await botAt(serving({ file_id: 'file', file_path: 'x', file_size: 10 }))
    await expect(download(liar, 299_999)).rejects.toMatchObject({ kind: 'too-long' })
  })

  it('never opens a path of this computer, nor leaves the folder of the bot', async () => {
    const paths = [
      '/etc/passwd',
      '/var/lib/telegram-bot-api/x',
      '../../etc/passwd',
      'a/../../b',
      'a//b',
      './x',
      '',
      undefined,
    ]
    for (const file_path of paths) {
      await using bot = await botAt(serving({ file_id: 'file', file_path }))
      await expect(download(bot)).rejects.toMatchObject({ kind: 'refused' })
      expect(bot.server.paths).toHaveLength(1)
    }
  })

  it('whose server falls silent ends, by the clock that was given', async () => {
    const clock = new FakeClock()
    const begun = Promise.withResolvers<void>()
    const answer: Answer = (request, response) => {
      if (request.url?.includes('/getFile')) json({ ok: true, result: { file_path: 'x' } })(request, response)
      else response.write('some')
    }
    await using bot = await botAt(answer, clock)
    const call = bot.api.download('file', () => begun.resolve(), { maxBytes: 1000 })
    await begun.promise
    const settled = expect(call).rejects.toMatchObject({ kind: 'unavailable' })
    await clock.advance(30_000)
    await settled
  })

  it('ends with what the taker throws, and can be called off', async () => {
    await using bot = await botAt(serving({ file_path: 'x' }))
    const full = () => {
      throw new RangeError('the disk is full')
    }
    await expect(bot.api.download('file', full, { maxBytes: 1_000_000 })).rejects.toThrow(RangeError)
    const wanted = new AbortController()
    const call = bot.api.download('file', () => wanted.abort(), {
      maxBytes: 1_000_000,
      signal: wanted.signal,
    })
    await expect(call).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  })

  it('shows no token where it fails', async () => {
    for (const broken of [(_: unknown, response: { destroy(): void }) => void response.destroy()]) {
      const answer: Answer = (request, response) =>
        request.url?.includes('/getFile')
          ? json({ ok: true, result: { file_path: 'x' } })(request, response)
          : broken(request, response)
      await using bot = await botAt(answer)
      const error = await download(bot).catch(thrown => thrown)
      expect(error).toMatchObject({ kind: 'unavailable' })
      expect(shown(error)).not.toContain(TOKEN)
    }
  })
})
