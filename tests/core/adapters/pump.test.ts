import { describe, expect, test } from 'vitest'
import { AdapterError, ChannelGoneError } from '../../../core/adapters/adapter.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { output, SESSION } from '../../support/open-journal.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { until } from '../../support/until.ts'
import { gate, openClient, recordingAdapter } from './fixtures.ts'

const session = sampleSession({ id: SESSION, adapterTypes: ['one'] })
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('delivery', () => {
  test('the channel first, then everything since the cursor in one batch', async () => {
    const { client, journal, sessions, clock } = openClient({ sessions: [session] })
    for (const text of ['a', 'b', 'c']) await journal.append(SESSION, [output(text)])
    const one = recordingAdapter('one')
    client.register(one.adapter)
    await clock.advance(0)
    expect(one.calls).toEqual(['create', 'send 1-3'])
    expect(one.text).toBe('abc')
    expect(one.batches[0]?.epoch).toBe(journal.epoch)
    expect(sessions.find(SESSION)?.adapterMetadata).toEqual({ one: { channel: SESSION } })
  })

  test('what is committed while a batch is under way goes together in the next one', async () => {
    const { client, journal, clock } = openClient({ sessions: [session] })
    const first = gate()
    const one = recordingAdapter('one', {
      sendMessage: (_, { fromSeq }) => (fromSeq === 1 ? first.promise : Promise.resolve()),
    })
    client.register(one.adapter)
    await clock.advance(0)
    for (let n = 0; n < 5; n++) await journal.append(SESSION, [output('x')])
    expect(client.status()).toMatchObject([{ state: 'sending', sentSeq: 0, behind: 5 }])
    first.resolve()
    await clock.advance(0)
    expect(one.calls).toEqual(['create', 'send 1-1', 'send 2-5'])
    expect(client.status()).toMatchObject([
      { state: 'idle', sentSeq: 5, behind: 0, attempts: 0, error: null },
    ])
  })

  test('a batch is bounded; the rest follows without a hole', async () => {
    const { client, journal, clock } = openClient({ sessions: [session], limits: { maxBatchEntries: 100 } })
    await journal.append(
      SESSION,
      range(1, 1050).map(() => output('x')),
    )
    const one = recordingAdapter('one')
    client.register(one.adapter)
    await until(() => one.seqs.length >= 1050)
    expect(one.seqs).toEqual(range(1, 1050))
    expect(Math.max(...one.batches.map(({ entries }) => entries.length))).toBe(100)
    await clock.advance(100)
  })

  test('what went while the far side was down comes as a gap', async () => {
    const { client, journal, clock } = openClient({
      sessions: [session],
      retention: { liveBytes: 20 * 1024 },
    })
    let isDown = true
    const one = recordingAdapter('one', {
      sendMessage: async () => {
        if (isDown) throw new Error('down')
      },
    })
    client.register(one.adapter)
    for (let n = 0; n < 60; n++) await journal.append(SESSION, [output('x'.repeat(1024))])
    await clock.advance(0)
    isDown = false
    await clock.advance(1000)
    expect(one.batches[0]).toMatchObject({
      fromSeq: 1,
      toSeq: 60,
      entries: expect.arrayContaining([expect.objectContaining({ kind: 'gap', fromSeq: 1 })]),
    })
    expect(client.status()).toMatchObject([{ sentSeq: 60, behind: 0 }])
  })

  test('idle pumps cost no timer', async () => {
    const { client, journal, clock } = openClient({ sessions: [session] })
    const before = clock.timers
    client.register(recordingAdapter('one').adapter)
    await clock.advance(100)
    expect(clock.timers).toBe(before)
    await journal.append(SESSION, [output('x')])
    await clock.advance(100)
    expect(clock.timers).toBe(before)
  })
})

describe('failure', () => {
  test('making the channel is repeated until it works', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    let failures = 3
    const one = recordingAdapter('one', {
      createChannel: async () => {
        if (failures-- > 0) throw new Error('far side is down')
        return {}
      },
    })
    client.register(one.adapter)
    await clock.advance(0)
    expect(client.status()).toMatchObject([{ state: 'retrying', attempts: 1, error: 'far side is down' }])
    await clock.advance(2000)
    expect(one.calls).toEqual(['create', 'create', 'create', 'create', 'send 1-1'])
  })

  test('backs off, more each time up to half a minute, and repeats the same entries', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    const at: number[] = []
    const one = recordingAdapter('one', {
      sendMessage: async () => {
        at.push(clock.now())
        throw new Error('down')
      },
    })
    client.register(one.adapter)
    await clock.advance(300_000)
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    for (const [index, wait] of waits.entries()) {
      const full = Math.min(30_000, 200 * 2 ** index)
      expect(wait).toBeGreaterThanOrEqual(full / 2)
      expect(wait).toBeLessThanOrEqual(full)
    }
    expect(waits.length).toBeGreaterThan(15)
    expect(new Set(one.calls.slice(1))).toEqual(new Set(['send 1-1']))
  })

  test('retryAfterMs is obeyed exactly', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    let isLimited = true
    const one = recordingAdapter('one', {
      sendMessage: async () => {
        if (isLimited) throw new AdapterError('too fast', { retryable: true, retryAfterMs: 45_000 })
      },
    })
    client.register(one.adapter)
    await clock.advance(0)
    isLimited = false
    await journal.append(SESSION, [output('y')])
    await clock.advance(44_999)
    expect(one.calls).toEqual(['create', 'send 1-1'])
    await clock.advance(1)
    expect(one.calls.at(-1)).toBe('send 1-2')
  })

  test('a permanent error degrades the channel until the adapter is registered again', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    const broken = recordingAdapter('one', {
      sendMessage: async () => {
        throw new AdapterError('the token is wrong', { retryable: false })
      },
    })
    const registration = client.register(broken.adapter)
    await clock.advance(600_000)
    expect(broken.calls).toEqual(['create', 'send 1-1'])
    expect(client.status(SESSION)).toMatchObject([
      { state: 'degraded', error: 'the token is wrong', behind: 1 },
    ])
    registration[Symbol.dispose]()
    const mended = recordingAdapter('one')
    client.register(mended.adapter)
    await clock.advance(0)
    expect(mended.calls).toEqual(['send 1-1'])
  })

  test('one that throws at once is a failure like others', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    const one = recordingAdapter('one')
    client.register({
      ...one.adapter,
      sendMessage() {
        throw new Error('not even a promise')
      },
    })
    await clock.advance(0)
    expect(client.status()).toMatchObject([{ state: 'retrying', error: 'not even a promise' }])
  })

  test('a call past its deadline is aborted and counts as failed, and none begins before it has ended', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    const stuck = gate()
    let aborted = 0
    let calls = 0
    const one = recordingAdapter('one', {
      sendMessage: (_, __, signal) => {
        signal.addEventListener('abort', () => aborted++)
        return calls++ === 0 ? stuck.promise : Promise.resolve()
      },
    })
    client.register(one.adapter)
    await clock.advance(59_999)
    expect(client.status()).toMatchObject([{ state: 'sending' }])
    await clock.advance(1)
    expect(aborted).toBe(1)
    expect(client.status()).toMatchObject([{ state: 'retrying', error: expect.stringContaining('60000 ms') }])
    await clock.advance(600_000)
    expect(one.calls).toEqual(['create', 'send 1-1'])
    stuck.resolve()
    await clock.advance(1000)
    expect(one.calls).toEqual(['create', 'send 1-1', 'send 1-1'])
    expect(one.mostAtOnce).toBe(1)
    expect(client.status()).toMatchObject([{ state: 'idle', sentSeq: 1 }])
  })

  test('a channel made too late is used, not made twice', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    const made = gate<Record<string, unknown>>()
    const one = recordingAdapter('one', { createChannel: () => made.promise })
    client.register(one.adapter)
    await clock.advance(120_000)
    made.resolve({ topic: 7 })
    await clock.advance(0)
    expect(one.calls).toEqual(['create', 'send 1-1'])
  })
})

describe('the life of a channel', () => {
  test('changes go one by one with the output, the newest only, and never what the terminal does', async () => {
    const { client, clock, journal, sessions } = openClient({ sessions: [session] })
    const sending = gate()
    const one = recordingAdapter('one', { sendMessage: () => sending.promise })
    client.register(one.adapter)
    await journal.append(SESSION, [output('x')])
    await clock.advance(0)
    sessions.change(SESSION, { title: 'first' })
    sessions.change(SESSION, { state: 'busy' })
    sessions.change(SESSION, { title: 'second' })
    sessions.change(SESSION, { terminal: { ...session.terminal, cwd: '/tmp' } })
    await clock.advance(0)
    expect(one.calls).toEqual(['create', 'send 1-1'])
    sending.resolve()
    await clock.advance(0)
    expect(one.calls.slice(2)).toEqual(['update {"title":"second","state":"busy"}'])
    expect(one.mostAtOnce).toBe(1)
  })

  test('an update that keeps failing does not hold up the output', async () => {
    const { client, clock, journal, sessions } = openClient({ sessions: [session] })
    const one = recordingAdapter('one', { updateChannel: () => Promise.reject(new Error('no right to')) })
    client.register(one.adapter)
    await clock.advance(0)
    sessions.change(SESSION, { title: 'new' })
    await journal.append(SESSION, [output('x')])
    await clock.advance(2000)
    expect(one.calls.filter(call => call.startsWith('update'))).toHaveLength(3)
    expect(one.text).toBe('x')
  })

  test('an update that only people can mend is looked at again as late as the adapter says, and not for ever', async () => {
    const { client, clock, journal, sessions } = openClient({ sessions: [session] })
    const refusal = new AdapterError('no right to', { retryable: true, lookAgainMs: 60_000 })
    const one = recordingAdapter('one', { updateChannel: () => Promise.reject(refusal) })
    client.register(one.adapter)
    await clock.advance(0)
    sessions.change(SESSION, { title: 'new' })
    await journal.append(SESSION, [output('x')])
    await clock.advance(59_999)
    expect(one.calls.filter(call => call.startsWith('update'))).toHaveLength(1)
    await clock.advance(60_001)
    expect(one.calls.filter(call => call.startsWith('update'))).toHaveLength(3)
    expect(one.text).toBe('x')
  })

  test('a session that ended is drained, then its channel is closed, once for all restarts', async () => {
    const opened = openClient({ sessions: [session] })
    const { client, clock, journal, sessions } = opened
    const one = recordingAdapter('one')
    client.register(one.adapter)
    await journal.append(SESSION, [output('x')])
    sessions.change(SESSION, { state: 'closed' })
    await clock.advance(0)
    expect(one.calls.at(-1)).toBe('close')
    expect(one.text).toBe('x')
    expect(client.status(SESSION)).toMatchObject([{ state: 'closed', sentSeq: 1 }])
    const again = await opened.restart()
    const restarted = recordingAdapter('one')
    again.client.register(restarted.adapter)
    await clock.advance(1000)
    expect(restarted.calls).toEqual([])
    expect(again.client.status(SESSION)).toMatchObject([{ state: 'closed', sentSeq: 1 }])
  })

  describe('whose end cannot be saved, as on a full disk,', () => {
    async function unsaved() {
      const opened = openClient({ sessions: [session] })
      const { client, clock, sessions, store, journal } = opened
      const one = recordingAdapter('one')
      client.register(one.adapter)
      await journal.append(SESSION, [output('x')])
      await clock.advance(0)
      store.db.pragma('query_only = ON')
      sessions.change(SESSION, { state: 'closed' })
      await clock.advance(5000)
      expect(client.status(SESSION)).toMatchObject([{ state: 'retrying', error: expect.any(String) }])
      return { ...opened, one, makeRoom: () => store.db.pragma('query_only = OFF') }
    }
    const closes = (calls: readonly string[]) => calls.filter(call => call === 'close')

    test('is saved later, and the far side told once', async () => {
      const { one, clock, client, makeRoom, restart } = await unsaved()
      makeRoom()
      await clock.advance(60_000)
      expect(closes(one.calls)).toHaveLength(1)
      expect(client.status()).toEqual([])
      const again = await restart()
      const restarted = recordingAdapter('one')
      again.client.register(restarted.adapter)
      await clock.advance(1000)
      expect(restarted.calls).toEqual([])
    })

    test('is none if it is started again meanwhile', async () => {
      const { one, clock, sessions, journal, makeRoom } = await unsaved()
      sessions.change(SESSION, { state: 'starting' })
      makeRoom()
      await journal.append(SESSION, [output('again')])
      await clock.advance(60_000)
      expect(one.text).toBe('xagain')
      sessions.change(SESSION, { state: 'closed' })
      await clock.advance(0)
      expect(closes(one.calls)).toHaveLength(2)
    })

    test('had it been saved, it is carried again all the same', async () => {
      const { one, clock, sessions, journal, makeRoom, store } = await unsaved()
      makeRoom()
      await clock.advance(60_000)
      store.db.pragma('query_only = ON')
      sessions.change(SESSION, { state: 'starting' })
      makeRoom()
      await journal.append(SESSION, [output('again')])
      await clock.advance(0)
      expect(one.text).toBe('xagain')
    })
  })

  test('one that ended while nobody carried it is drained and closed at the next start', async () => {
    const opened = openClient({ sessions: [session] })
    await opened.journal.append(SESSION, [output('x')])
    opened.sessions.change(SESSION, { state: 'closed' })
    const again = await opened.restart()
    const one = recordingAdapter('one')
    again.client.register(one.adapter)
    await again.clock.advance(0)
    expect(one.calls).toEqual(['create', 'send 1-1', 'close'])
  })

  test('a session started again goes on in its channel', async () => {
    const { client, clock, journal, sessions } = openClient({ sessions: [session] })
    const one = recordingAdapter('one')
    client.register(one.adapter)
    sessions.change(SESSION, { state: 'closed' })
    await clock.advance(0)
    sessions.change(SESSION, { state: 'starting' })
    await journal.append(SESSION, [output('again')])
    await clock.advance(0)
    expect(one.calls).toEqual(['create', 'close', 'update {"state":"starting"}', 'send 1-1'])
    sessions.change(SESSION, { state: 'closed' })
    await clock.advance(0)
    expect(one.calls.at(-1)).toBe('close')
  })

  test('an adapter is told of a session that was removed without an end; one that cannot forget keeps nobody from it', async () => {
    const { client, clock, sessions } = openClient({ sessions: [session] })
    const forgotten: string[] = []
    const forget = (name: string) => (one: Session) => {
      forgotten.push(`${name} ${one.id}`)
      if (name === 'one') throw new Error('broken')
    }
    for (const name of ['one', 'two'])
      client.register({ ...recordingAdapter(name).adapter, forgetSession: forget(name) })
    await clock.advance(0)
    sessions.remove(SESSION)
    expect(forgotten).toEqual([`one ${SESSION}`, `two ${SESSION}`])
  })

  test('nothing is called for a session that was removed', async () => {
    const { client, clock, journal, sessions } = openClient({ sessions: [session] })
    const one = recordingAdapter('one', { sendMessage: () => Promise.reject(new Error('down')) })
    client.register(one.adapter)
    await journal.append(SESSION, [output('x')])
    await clock.advance(0)
    const calls = one.calls.length
    sessions.remove(SESSION)
    journal.remove(SESSION)
    await clock.advance(60_000)
    expect(one.calls).toHaveLength(calls)
    expect(client.status()).toEqual([])
  })
})

describe('registration', () => {
  test('a later one starts from the saved cursor', async () => {
    const opened = openClient({ sessions: [session] })
    const one = recordingAdapter('one')
    opened.client.register(one.adapter)
    await opened.journal.append(SESSION, [output('x')])
    await opened.clock.advance(0)
    const again = await opened.restart()
    await again.journal.append(SESSION, [output('y')])
    const later = recordingAdapter('one')
    again.client.register(later.adapter)
    await again.clock.advance(0)
    expect(later.calls).toEqual(['send 2-2'])
  })

  test('ending it aborts what runs; registered again, the same adapter is not called before that has ended', async () => {
    const { client, clock, journal } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('x')])
    const stuck = gate()
    let signal: AbortSignal | null = null
    let calls = 0
    const one = recordingAdapter('one', {
      sendMessage: (_, __, given) => {
        signal ??= given
        return calls++ === 0 ? stuck.promise : Promise.resolve()
      },
    })
    const registration = client.register(one.adapter)
    await clock.advance(0)
    registration[Symbol.dispose]()
    registration[Symbol.dispose]()
    expect(signal).toMatchObject({ aborted: true })
    client.register(one.adapter)
    await clock.advance(1000)
    expect(one.calls).toEqual(['create', 'send 1-1'])
    stuck.resolve()
    await clock.advance(0)
    expect(one.calls).toEqual(['create', 'send 1-1', 'send 1-1'])
    expect(one.mostAtOnce).toBe(1)
  })

  test('sessions that appear later are carried, those of other adapters are not', async () => {
    const { client, clock, journal, sessions } = openClient()
    const one = recordingAdapter('one')
    const two = recordingAdapter('two')
    client.register(one.adapter)
    client.register(two.adapter)
    journal.open(SESSION)
    sessions.create(session)
    await journal.append(SESSION, [output('x')])
    await clock.advance(0)
    expect(one.text).toBe('x')
    expect(two.calls).toEqual([])
  })
})

describe('closing', () => {
  test('lets a call end that runs and remembers what it brought', async () => {
    const opened = openClient({ sessions: [session] })
    const { client, clock, journal } = opened
    const sending = gate()
    const one = recordingAdapter('one', { sendMessage: () => sending.promise })
    client.register(one.adapter)
    await journal.append(SESSION, [output('x')])
    await clock.advance(0)
    await journal.append(SESSION, [output('y')])
    const closing = client.close()
    sending.resolve()
    await closing
    expect(one.calls).toEqual(['create', 'send 1-1'])
    const again = await opened.restart()
    const next = recordingAdapter('one')
    again.client.register(next.adapter)
    await clock.advance(0)
    expect(next.calls).toEqual(['send 2-2'])
  })

  test('waits no longer than three seconds for one that hangs, and leaves no timer or listener', async () => {
    const { client, clock, journal, sessions, close } = openClient({ sessions: [session] })
    const one = recordingAdapter('one', { sendMessage: () => new Promise(() => {}) })
    client.register(one.adapter)
    await journal.append(SESSION, [output('x')])
    await clock.advance(0)
    const closing = close()
    await clock.advance(3000)
    await closing
    expect(sessions.listeners).toBe(0)
    expect(clock.timers).toBe(0)
    expect(one.calls).toEqual(['create', 'send 1-1'])
    expect(client.types).toEqual(['one'])
  })

  test('ends a pump that waits to try again', async () => {
    const { client, clock, journal, close } = openClient({ sessions: [session] })
    const one = recordingAdapter('one', { sendMessage: () => Promise.reject(new Error('down')) })
    client.register(one.adapter)
    await journal.append(SESSION, [output('x')])
    await clock.advance(0)
    await close()
    expect(clock.timers).toBe(0)
  })
})

describe('a channel that is gone', () => {
  test('is forgotten and made anew, and the batch comes again', async () => {
    const { client, journal, sessions, clock } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('a')])
    let sent = 0
    const one = recordingAdapter('one', {
      sendMessage: async () => {
        if (++sent === 1) throw new ChannelGoneError('somebody deleted it')
      },
    })
    client.register(one.adapter)
    await clock.advance(0)
    expect(sessions.find(SESSION)?.adapterMetadata).toEqual({})
    expect(client.status()).toMatchObject([{ state: 'retrying', error: 'somebody deleted it' }])
    await clock.advance(60_000)
    expect(one.calls).toEqual(['create', 'send 1-1', 'create', 'send 1-1'])
    expect(client.status()).toMatchObject([{ state: 'idle', sentSeq: 1 }])
  })

  const creations = (calls: readonly string[]) => calls.filter(call => call === 'create').length

  test('again and again is made more rarely each time, until something was sent', async () => {
    const { client, journal, clock } = openClient({ sessions: [session] })
    await journal.append(SESSION, [output('a')])
    let isGone = true
    const one = recordingAdapter('one', {
      sendMessage: async () => {
        if (isGone) throw new ChannelGoneError('somebody deletes it each time')
      },
    })
    client.register(one.adapter)
    await clock.advance(60_000)
    expect(creations(one.calls)).toBeLessThan(12)
    isGone = false
    await clock.advance(60_000)
    expect(one.text).toBe('a')
    isGone = true
    const before = creations(one.calls)
    await journal.append(SESSION, [output('b')])
    await clock.advance(200)
    expect(creations(one.calls)).toBeGreaterThan(before)
  })

  test('when it is to be closed is closed: none is made for that, nor for the last change', async () => {
    const cases = ['closeChannel', 'updateChannel'] as const
    for (const call of cases) {
      const opened = openClient({ sessions: [session] })
      const { client, clock, sessions } = opened
      const gone = () => Promise.reject(new ChannelGoneError('somebody deleted it'))
      const one = recordingAdapter('one', { [call]: gone })
      client.register(one.adapter)
      await clock.advance(0)
      sessions.change(SESSION, { state: 'closed' })
      await clock.advance(60_000)
      expect(creations(one.calls)).toBe(1)
      expect(client.status(SESSION)).toMatchObject([{ state: 'closed' }])
      expect(sessions.find(SESSION)?.adapterMetadata).toEqual({})
    }
  })
})

test('an adapter may say how long its calls take', async () => {
  const { client, journal, clock } = openClient({ sessions: [session] })
  await journal.append(SESSION, [output('a')])
  const patience = gate()
  const one = recordingAdapter('one', { sendMessage: () => patience.promise })
  client.register({ ...one.adapter, callTimeoutMs: 300_000 })
  await clock.advance(299_000)
  expect(client.status()).toMatchObject([{ state: 'sending', error: null }])
  await clock.advance(2_000)
  expect(client.status()).toMatchObject([{ state: 'retrying' }])
  patience.resolve()
  await clock.advance(0)
})
