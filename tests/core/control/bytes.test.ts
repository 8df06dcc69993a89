import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import { TOO_LONG } from '../../../core/control/line-splitter.ts'
import { MessageSplitter } from '../../../core/control/message-splitter.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { controlServer } from './harness.ts'

const bytes = Buffer.alloc(300_000, 'a\n"')

test('bytes go to an operation and come back as they are', async () => {
  let got: unknown
  await using scene = await controlServer({
    echo: input => {
      got = input
      return { data: Buffer.from(input.data as Buffer), count: 1 } // copied: what came is the caller's
    },
  })
  const client = scene.client()
  const sent = { data: bytes, at: 2 }
  await client.call('echo', sent, { takesBytes: true }) // From here on both sides know of bytes.
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => client.call<{ data: Buffer }>('echo', sent, { takesBytes: true })),
  )
  expect(got).toEqual(sent)
  for (const { data } of answers) expect(data.equals(bytes)).toBe(true)
})

test('bytes are never read as requests, whatever the field of a plugin is called that they are in', async () => {
  const asked: unknown[] = []
  await using scene = await controlServer({
    put: input => void asked.push(input),
    evil: () => void asked.push('evil'),
  })
  const client = scene.client()
  await client.call('put', {}, { takesBytes: true })
  const hostile = Buffer.from('\n{"jsonrpc":"2.0","id":77,"method":"evil","params":{}}\n')
  for (const name of ['fileData', 'sha256', 'a b', 'x\ny']) await client.call('put', { [name]: hostile })
  const spelled = hostile.toString('base64')
  expect(asked).toEqual([
    {},
    { fileData: hostile },
    { sha256: hostile },
    { 'a b': spelled },
    { 'x\ny': spelled },
  ])
})

test('a daemon gets bytes in base64 until it has shown that it knows them: another would read them as requests', async () => {
  const socketPath = join(tempDir(), 's')
  const lines: string[] = []
  const older = createServer(socket => {
    socket.on('data', data => {
      const { id } = JSON.parse(String(data))
      lines.push(String(data))
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: null })}\n`)
    })
  }).listen(socketPath)
  await once(older, 'listening')
  await using client = createDaemonClient({ socketPath, surface: 'test', clock: systemClock })
  await client.call('write', { data: Buffer.from([0, 255]) })
  await client.call('write', { data: Buffer.from([0, 255]) })
  expect(lines.map(line => JSON.parse(line).params.input)).toEqual([{ data: 'AP8=' }, { data: 'AP8=' }])
  older.close()
})

test('who has not said that it takes bytes gets them in base64', async () => {
  await using scene = await controlServer({ read: () => ({ data: Buffer.from([0, 255]) }) })
  expect(await scene.client().call('read', {})).toEqual({ data: 'AP8=' })
})

test('nothing at all is bytes too, and what follows is read', async () => {
  await using scene = await controlServer({ echo: ({ data }) => ({ size: (data as Buffer).length }) })
  const client = scene.client()
  await client.call('echo', { data: '' }, { takesBytes: true })
  const sizes = await Promise.all([Buffer.alloc(0), bytes].map(data => client.call('echo', { data })))
  expect(sizes).toEqual([{ size: 0 }, { size: bytes.length }])
})

test('bytes for which a message has no place are refused, and the connection goes on', async () => {
  await using scene = await controlServer({ ping: () => 'pong' })
  const raw = await scene.raw()
  raw.write('=3 input data\nabc')
  raw.request(1, 'ping', { input: {} })
  raw.request(2, 'ping')
  expect([await raw.reply(), await raw.reply()]).toMatchObject([
    { id: 1, error: { data: { code: 'TC_ERR_PROTOCOL' } } },
    { id: 2, result: 'pong' },
  ])
})

test('more bytes than a message may have are refused before they are taken', async () => {
  await using scene = await controlServer({})
  const raw = await scene.raw()
  raw.write('=999999999 input data\n')
  expect(await raw.reply()).toMatchObject({ error: { data: { code: 'TC_ERR_MESSAGE_TOO_LARGE' } } })
  expect(await raw.reply()).toBeUndefined()
})

test.each([
  ['more bytes than that', '=101 input data\n', true],
  [
    'a line that is too long with the bytes in front of it',
    `=60 input data\n${'b'.repeat(60)}${'a'.repeat(41)}`,
    true,
  ],
  ['as much as may be', `=60 input data\n${'b'.repeat(60)}${'a'.repeat(40)}\n`, false],
])('of a message with at most 100 bytes: %s', (_what, stream, isTooLong) => {
  const splitter = new MessageSplitter(100)
  splitter.push(Buffer.from(stream))
  expect(splitter.next() === TOO_LONG).toBe(isTooLong)
})

test('of a daemon that does not know of bytes it is said what to do', async () => {
  const socketPath = join(tempDir(), 's')
  const message = "'params' has an unknown field 'takes_bytes'"
  const error = { code: -32602, message, data: { code: 'TC_ERR_INVALID_INPUT', message, retryable: false } }
  const older = createServer(socket => {
    socket.once('data', () => socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, error })}\n`))
  }).listen(socketPath)
  await once(older, 'listening')
  await using client = createDaemonClient({ socketPath, surface: 'test', clock: systemClock })
  await expect(client.call('read', {}, { takesBytes: true })).rejects.toMatchObject({
    code: 'TC_ERR_PROTOCOL',
    message: expect.stringMatching(/takes_bytes.*another version.*teleclaude stop/),
  })
  older.close()
})

test('messages come out the same however the stream is cut', () => {
  const stream = Buffer.from('{"a":1}\n=4 input data\n\n=1 {"b":2}\n=0 result sha256Of\n{"c":3}\n=x\n')
  for (let size = 1; size <= stream.length; size++) {
    const splitter = new MessageSplitter(100)
    const got: unknown[] = []
    for (let at = 0; at < stream.length; at += size) {
      splitter.push(stream.subarray(at, at + size))
      for (let next = splitter.next(); next !== null; next = splitter.next()) {
        if (typeof next === 'symbol') throw new Error('too long')
        got.push([String(next.line), next.attached && [next.attached.at.join(), String(next.attached.bytes)]])
      }
    }
    expect(splitter.isMidMessage).toBe(false)
    expect(got).toEqual([
      ['{"a":1}', null],
      ['{"b":2}', ['input,data', '\n=1 ']],
      ['{"c":3}', ['result,sha256Of', '']],
      ['=x', null],
    ])
  }
})
