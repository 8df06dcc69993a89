import { describe, expect, test } from 'vitest'
import { formatCursor, START } from '../../../core/journal/cursor.ts'
import type { Entry } from '../../../core/journal/entry.ts'
import { output, SESSION, spelled } from '../../support/open-journal.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { gate, openClient, recordingAdapter } from './fixtures.ts'

const session = sampleSession({ id: SESSION, adapterTypes: ['one', 'two'] })
const unknown = expect.objectContaining({ code: 'TC_ERR_SESSION_NOT_FOUND' })
const never = new AbortController().signal

describe('registering', () => {
  test('two adapters of one type are refused; an ended registration makes room', () => {
    const { client } = openClient()
    const registration = client.register(recordingAdapter('one').adapter)
    expect(() => client.register(recordingAdapter('one').adapter)).toThrow(
      expect.objectContaining({ code: 'TC_ERR_ADAPTER_EXISTS' }),
    )
    registration[Symbol.dispose]()
    client.register(recordingAdapter('one').adapter)
    registration[Symbol.dispose]()
    expect(client.types).toEqual(['one'])
  })
})

describe('making channels', () => {
  test('one that fails, and one that nobody registered, are reported in their places', async () => {
    const { client, sessions, clock } = openClient({ sessions: [session] })
    client.register(
      recordingAdapter('fails', { createChannel: () => Promise.reject(new Error('down')) }).adapter,
    )
    client.register(recordingAdapter('works').adapter)
    const results = await client.createChannel(session, ['works', 'fails', 'nobody'])
    expect(results).toMatchObject([
      { type: 'works', ok: true, metadata: { channel: SESSION } },
      { type: 'fails', ok: false, error: { code: 'TC_ERR_ADAPTER', message: 'down' } },
      { type: 'nobody', ok: false, error: { code: 'TC_ERR_ADAPTER_UNKNOWN' } },
    ])
    expect(sessions.find(SESSION)?.adapterMetadata).toEqual({ works: { channel: SESSION } })
    await clock.advance(0)
  })

  test('they are made at the same time, and one that hangs is given up', async () => {
    const { client, clock } = openClient({ sessions: [session] })
    client.register(recordingAdapter('hangs', { createChannel: () => new Promise(() => {}) }).adapter)
    client.register(recordingAdapter('works').adapter)
    const results = client.createChannel(session, ['hangs', 'works'])
    await clock.advance(60_000)
    expect(await results).toMatchObject([{ ok: false, error: { code: 'TC_ERR_TIMEOUT' } }, { ok: true }])
  })

  test('a channel that a pump is making, or has made, is not made again', async () => {
    const { client, clock } = openClient({ sessions: [session] })
    const made = gate<Record<string, unknown>>()
    const one = recordingAdapter('one', { createChannel: () => made.promise })
    client.register(one.adapter)
    const results = client.createChannel(session, ['one'])
    await clock.advance(0)
    made.resolve({ topic: 7 })
    expect(await results).toEqual([{ type: 'one', ok: true, metadata: { topic: 7 } }])
    expect(await client.createChannel(session, ['one'])).toEqual([
      { type: 'one', ok: true, metadata: { topic: 7 } },
    ])
    expect(one.calls).toEqual(['create'])
  })

  test('no adapters make no channels', async () => {
    const { client } = openClient({ sessions: [session] })
    expect(await client.createChannel(session, [])).toEqual([])
  })
})

describe('sending a message', () => {
  test('is a notice in the journal that every adapter of the session delivers', async () => {
    const { client, journal, clock } = openClient({ sessions: [session] })
    const [one, two, other] = ['one', 'two', 'other'].map(type => recordingAdapter(type))
    for (const each of [one, two, other]) if (each) client.register(each.adapter)
    const cursor = await client.sendMessage(SESSION, '*hello*', { format: 'markdown', author: 'mcp' })
    expect(cursor).toBe(formatCursor(journal.epoch, 1))
    await clock.advance(0)
    const notice = { kind: 'notice', text: '*hello*', format: 'markdown', author: 'mcp', seq: 1 }
    expect(one?.batches).toMatchObject([{ entries: [notice] }])
    expect(two?.batches).toMatchObject([{ entries: [notice] }])
    expect(other?.calls).toEqual([])
  })

  test('works without any adapter, and is refused for an unknown session', async () => {
    const { client, journal } = openClient({ sessions: [session] })
    await client.sendMessage(SESSION, 'hello')
    expect(journal.read(SESSION, START).entries).toMatchObject([{ text: 'hello', format: 'text' }])
    await expect(client.sendMessage('nobody', 'hello')).rejects.toEqual(unknown)
    const tooLong = expect.objectContaining({ code: 'TC_ERR_MESSAGE_TOO_LARGE' })
    await expect(client.sendMessage(SESSION, 'x'.repeat(262_145))).rejects.toEqual(tooLong)
  })
})

describe('reading', () => {
  test('a stream has what was, then what comes, and ends with the session', async () => {
    const { client, journal, sessions } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('a')])
    const seen: Entry[] = []
    const streaming = (async () => {
      for await (const entry of client.streamMessages(SESSION, START, never)) {
        seen.push(entry)
        if (entry.seq === 1) void journal.append(SESSION, [output('b')])
        if (entry.seq === 2) sessions.change(SESSION, { state: 'closing' })
        if (entry.seq === 2) void journal.append(SESSION, [{ kind: 'state', state: 'closed' }])
        if (entry.seq === 3) queueMicrotask(() => sessions.change(SESSION, { state: 'closed' }))
      }
    })()
    await streaming
    expect(spelled(seen)).toEqual(['1:a', '2:b', 'state'])
    expect(sessions.listeners, 'the pumps alone').toBe(1)
  })

  test('a stream ends when it is aborted, and when the journal closes', async () => {
    const { client, journal } = openClient({ sessions: [session] })
    const abort = new AbortController()
    const streams = [abort.signal, never].map(async signal => {
      for await (const _ of client.streamMessages(SESSION, START, signal))
        throw new Error('nothing was printed')
    })
    abort.abort()
    await streams[0]
    journal.close()
    await streams[1]
  })

  test('the newest messages come oldest first', async () => {
    const { client, journal } = openClient({ sessions: [session] })
    for (const text of ['a', 'b', 'c']) await journal.append(SESSION, [output(text)])
    expect(spelled(await client.getMessages(SESSION, 2))).toEqual(['2:b', '3:c'])
    expect(spelled(await client.getMessages(SESSION, 100))).toEqual(['1:a', '2:b', '3:c'])
    expect(await client.getMessages(SESSION, 0)).toEqual([])
  })

  test('is refused for an unknown session', async () => {
    const { client } = openClient()
    expect(() => client.streamMessages('nobody', START, never)).toThrow(unknown)
    await expect(client.getMessages('nobody', 1)).rejects.toEqual(unknown)
  })
})
