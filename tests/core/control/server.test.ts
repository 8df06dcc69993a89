import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { until } from '../../support/until.ts'
import { authenticate, controlServer, type Handler } from './harness.ts'

const echo = { echo: (input: unknown) => input }

function codeOf(reply: Record<string, unknown> | undefined): string | undefined {
  return (reply?.error as { data?: { code?: string } } | undefined)?.data?.code
}

test('a request is answered with what the operation returns', async () => {
  await using control = await controlServer(echo)
  const raw = await control.raw()
  raw.request(7, 'echo', { input: { a: 'ü' } })
  expect(await raw.reply()).toEqual({ jsonrpc: '2.0', id: 7, result: { a: 'ü' } })
})

test('the socket is for its owner alone', async () => {
  await using control = await controlServer(echo)
  expect(statSync(control.socketPath).mode & 0o777).toBe(0o600)
})

test.each([
  ['garbage', 'hello there', 'TC_ERR_PROTOCOL', -32700, null],
  ['an array', '[]', 'TC_ERR_PROTOCOL', -32600, null],
  ['a null', 'null', 'TC_ERR_PROTOCOL', -32600, null],
  ['no version', '{"id":1,"method":"echo","params":{}}', 'TC_ERR_PROTOCOL', -32600, 1],
  ['no method', '{"jsonrpc":"2.0","id":1}', 'TC_ERR_PROTOCOL', -32600, 1],
  ['no params', '{"jsonrpc":"2.0","id":1,"method":"echo"}', 'TC_ERR_INVALID_INPUT', -32602, 1],
  ['no id', '{"jsonrpc":"2.0","method":"echo","params":{}}', 'TC_ERR_PROTOCOL', -32600, null],
  [
    'an id of a wrong type',
    '{"jsonrpc":"2.0","id":{},"method":"echo","params":{}}',
    'TC_ERR_PROTOCOL',
    -32600,
    null,
  ],
  [
    'an unknown field',
    '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"x":1}}',
    'TC_ERR_INVALID_INPUT',
    -32602,
    1,
  ],
  [
    'a token of a wrong type',
    '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"token":1}}',
    'TC_ERR_INVALID_INPUT',
    -32602,
    1,
  ],
  [
    'an unknown operation',
    '{"jsonrpc":"2.0","id":1,"method":"nope","params":{}}',
    'TC_ERR_UNKNOWN_OPERATION',
    -32000,
    1,
  ],
  ['bytes that are no text', '\xff\xfe\x00', 'TC_ERR_PROTOCOL', -32700, null],
  ['deep nesting', '['.repeat(1_000_000), 'TC_ERR_PROTOCOL', -32700, null],
])('%s is refused with its reason, and the connection goes on', async (_what, line, code, rpcCode, id) => {
  await using control = await controlServer(echo)
  const raw = await control.raw()
  raw.write(Buffer.from(`${line}\n`, 'latin1'))
  const reply = await raw.reply()
  expect(codeOf(reply)).toBe(code)
  expect(reply).toMatchObject({ id, error: { code: rpcCode } })
  raw.request(2, 'echo', { input: { still: 'here' } })
  expect(await raw.reply()).toMatchObject({ id: 2, result: { still: 'here' } })
})

test('a message of 10 MB is refused with a readable error and the connection closed', async () => {
  await using control = await controlServer(echo)
  const raw = await control.raw()
  raw.request(1, 'echo', { input: { text: 'x'.repeat(10_000_000) } })
  expect(codeOf(await raw.reply())).toBe('TC_ERR_MESSAGE_TOO_LARGE')
  expect(await raw.reply()).toBeUndefined()
})

test('a message of nearly 4 MiB in small pieces is taken', async () => {
  await using control = await controlServer({ length: ({ text }) => String(text).length })
  const raw = await control.raw()
  const text = 'x'.repeat(4 * 1024 * 1024 - 200)
  const bytes = Buffer.from(
    `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'length', params: { input: { text } } })}\n`,
  )
  for (let at = 0; at < bytes.length; at += 1000) raw.write(bytes.subarray(at, at + 1000))
  expect(await raw.reply()).toMatchObject({ result: text.length })
})

test('half a message and then silence is cut off after the deadline', async () => {
  const clock = new FakeClock()
  await using control = await controlServer(echo, { clock })
  const raw = await control.raw()
  raw.write('{"jsonrpc":"2.0",')
  await until(() => clock.timers > 0, 'the deadline')
  await clock.advance(29_000)
  raw.write('"id":1,')
  await clock.advance(2_000)
  expect(codeOf(await raw.reply())).toBe('TC_ERR_PROTOCOL')
  expect(await raw.reply()).toBeUndefined()
})

test('a message that is completed in time leaves no deadline behind', async () => {
  const clock = new FakeClock()
  await using control = await controlServer(echo, { clock })
  const raw = await control.raw()
  raw.write('{"jsonrpc":"2.0","id":1,')
  await until(() => clock.timers > 0, 'the deadline')
  raw.write('"method":"echo","params":{}}\n')
  expect(await raw.reply()).toMatchObject({ id: 1 })
  expect(clock.timers).toBe(0)
})

test('a forged token is refused and noted, a genuine one is that session', async () => {
  const { log, lines, records } = capturedLog()
  const whoami: Handler = (_input, _options, caller) => caller.principal
  await using control = await controlServer({ whoami }, { log })
  await expect(
    control.client({ TELECLAUDE_SESSION_TOKEN: 'forged' }).call('whoami', {}),
  ).rejects.toMatchObject({
    code: 'TC_ERR_UNAUTHENTICATED',
  })
  expect(records()).toMatchObject([{ level: 'warn', surface: 'test' }])
  expect(lines.join()).not.toContain('forged')
  expect(await control.client({ TELECLAUDE_SESSION_TOKEN: 'genuine' }).call('whoami', {})).toEqual(
    authenticate('genuine'),
  )
  expect(await control.client().call('whoami', {})).toEqual(authenticate(undefined))
})

test('one id cannot be used for two requests at once', async () => {
  await using control = await controlServer({ hang: (_input, { signal }) => aborted(signal) })
  const raw = await control.raw()
  raw.request(1, 'hang')
  raw.request(1, 'hang')
  expect(await raw.reply()).toMatchObject({ id: null, error: { data: { code: 'TC_ERR_PROTOCOL' } } })
})

test('a connection may only run so many requests at once', async () => {
  await using control = await controlServer(
    { hang: (_input, { signal }) => aborted(signal) },
    { limits: { maxCalls: 2 } },
  )
  const raw = await control.raw()
  for (const id of [1, 2, 3]) raw.request(id, 'hang')
  expect(await raw.reply()).toMatchObject({
    id: 3,
    error: { data: { code: 'TC_ERR_BUSY', retryable: true } },
  })
})

test('a connection too many is told so', async () => {
  await using control = await controlServer(echo, { limits: { maxConnections: 2 } })
  const first = await control.raw()
  await control.raw()
  const third = await control.raw()
  expect(codeOf(await third.reply())).toBe('TC_ERR_BUSY')
  expect(await third.reply()).toBeUndefined()
  first.socket.destroy()
  await until(async () => codeOf(await askOnce(control)) === undefined, 'room for one more')
})

test('a client that goes away aborts its calls', async () => {
  let signal: AbortSignal | undefined
  await using control = await controlServer({
    hang(_input, options) {
      signal = options.signal
      return aborted(options.signal)
    },
  })
  const raw = await control.raw()
  raw.request(1, 'hang')
  await until(() => signal, 'the call')
  expect(signal?.aborted).toBe(false)
  raw.socket.destroy()
  await until(() => signal?.aborted, 'the abort')
})

test('a client that never reads stalls only itself, and its memory is bounded', async () => {
  let emitted = 0
  const item = 'x'.repeat(10_000)
  await using control = await controlServer({
    ...echo,
    async flood(_input, { signal, onItem }) {
      while (!signal?.aborted) {
        await onItem?.(item)
        emitted++
      }
    },
  })
  const lazy = await control.raw()
  lazy.socket.pause()
  lazy.request(1, 'flood')
  await until(() => emitted > 0, 'the flood')
  const client = control.client()
  let before = -1
  await until(async () => {
    const same = before === emitted
    before = emitted
    expect(await client.call('echo', { a: 1 })).toEqual({ a: 1 })
    return same
  }, 'the flood to stall')
  expect(emitted * item.length).toBeLessThan(2_000_000)
})

test('a client that sends without reading is not read from without end', async () => {
  let answered = 0
  await using control = await controlServer({
    big() {
      answered++
      return 'x'.repeat(100_000)
    },
  })
  const lazy = await control.raw()
  lazy.socket.pause()
  for (let id = 1; id <= 5000; id++) lazy.request(id, 'big')
  await until(() => answered > 0, 'the first answers')
  const client = control.client()
  for (let turn = 0; turn < 20; turn++) await client.call('big', {})
  expect(answered).toBeLessThan(1000)
  lazy.socket.resume()
  const codes = new Set<string | undefined>()
  for (let id = 1; id <= 5000; id++) codes.add(codeOf(await lazy.reply()))
  expect([...codes].filter(code => code !== undefined && code !== 'TC_ERR_BUSY')).toEqual([])
})

test('100 clients at once are all served', async () => {
  await using control = await controlServer(echo)
  const clients = Array.from({ length: 100 }, () => control.client())
  const answers = await Promise.all(
    clients.flatMap((client, c) =>
      [1, 2, 3].map(n => client.call<{ c: number; n: number }>('echo', { c, n })),
    ),
  )
  expect(answers).toHaveLength(300)
  expect(answers[299]).toEqual({ c: 99, n: 3 })
})

test('a socket that nobody answers is replaced; a live one is not', async () => {
  await using control = await controlServer(echo)
  await expect(control.start()).rejects.toMatchObject({ code: 'TC_ERR_ALREADY_RUNNING' })
  expect(await control.client().call('echo', { a: 1 })).toEqual({ a: 1 })
})

test('closing ends what runs, tells the clients and removes the socket', async () => {
  await using control = await controlServer({ hang: (_input, { signal }) => aborted(signal) })
  const call = control.client().call('hang', {})
  const failed = expect(call).rejects.toMatchObject({ code: 'TC_ERR_NOT_RUNNING', retryable: false })
  await roundTrip(control)
  await control.server.close()
  await failed
  expect(() => statSync(control.socketPath)).toThrow('ENOENT')
  const again = await control.start()
  await again.close()
})

test('what is cut short by closing is never answered as if all were well', async () => {
  await using control = await controlServer({
    async half(_input, { signal }) {
      await aborted(signal).catch(() => {})
      return { complete: true }
    },
  })
  const call = control.client().call('half', {})
  const failed = expect(call).rejects.toMatchObject({ code: 'TC_ERR_NOT_RUNNING' })
  await roundTrip(control)
  await control.server.close()
  await failed
})

test('something that is not a socket is left alone', async () => {
  await using control = await controlServer(echo)
  await control.server.close()
  writeFileSync(control.socketPath, 'mine')
  await expect(control.start()).rejects.toMatchObject({ code: 'TC_ERR_STATE_DIR' })
  expect(statSync(control.socketPath).size).toBe(4)
})

async function askOnce(control: Awaited<ReturnType<typeof controlServer>>) {
  const raw = await control.raw()
  raw.request(1, 'echo')
  const reply = await raw.reply()
  raw.socket.destroy()
  return reply
}

/** Settles once the server has answered a connection made after the ones before. */
async function roundTrip(control: Awaited<ReturnType<typeof controlServer>>): Promise<void> {
  const raw = await control.raw()
  raw.request(1, 'nothing')
  await raw.reply()
}

async function aborted(signal: AbortSignal | undefined): Promise<never> {
  if (signal && !signal.aborted) await once(signal, 'abort')
  throw signal?.reason
}
