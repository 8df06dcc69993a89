import { describe, expect, test } from 'vitest'
import type { Adapter } from '../../../core/adapters/adapter.ts'
import { createRemoteEntries } from '../../../core/adapters/remote-entries.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { SessionId } from '../../../core/ids.ts'
import type { WatchEnd } from '../../../core/operations/follow.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { output, SESSION } from '../../support/open-journal.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { type ScriptedCore, scriptedCore } from '../../support/scripted-core.ts'
import { until } from '../../support/until.ts'
import { type ClientOptions, createSessionTable, gate, openClient, recordingAdapter } from './fixtures.ts'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const offline = () => new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'beta is offline', { retryable: true })

/** Sessions of beta that were started from here, and what becomes of asking beta. */
function onBeta(there: ScriptedCore = scriptedCore()) {
  const table = createSessionTable()
  const returns = new Set<(computer: string) => void>()
  const state = {
    there,
    refusal: null as Error | null,
    watches: 0,
    open: 0,
    items: 0,
    asked: null as Promise<void> | null,
  }
  const remote = createRemoteEntries({
    find: table.find,
    async watch(input, { onItem, ...options }) {
      state.watches += 1
      const { refusal } = state
      await state.asked
      if (refusal) throw refusal
      state.open += 1
      const counted = (item: unknown) => {
        state.items += 1
        return onItem?.(item)
      }
      const watching = state.there.call<WatchEnd>('session.watch', input, { ...options, onItem: counted })
      return await watching.finally(() => {
        state.open -= 1
      })
    },
    notify: input => state.there.call('session.notify', input),
  })
  return {
    state,
    remote,
    elsewhere: {
      ...table,
      onReturn(listener: (computer: string) => void): Disposable {
        returns.add(listener)
        return { [Symbol.dispose]: () => void returns.delete(listener) }
      },
    },
    listeners: () => table.listeners + returns.size,
    /** Starts one there, and tells of it here. */
    async start(change: Partial<Session> = {}): Promise<Session> {
      const session = await state.there.start()
      return table.create(known(session, change))
    },
    returned(computer = 'beta') {
      for (const listener of returns) listener(computer)
    },
  }
}

/** A session there as its record here says. */
const known = ({ id }: Pick<Session, 'id'>, change: Partial<Session> = {}) =>
  sampleSession({ id, computer: 'beta', adapterTypes: ['redis'], ...change })

/** A client that mirrors what is on beta, and adapters that do so too. */
function mirroring(beta: ReturnType<typeof onBeta>, options: ClientOptions = {}) {
  const opened = openClient({ ...options, remote: beta.remote })
  const watching = opened.client.mirror(beta.elsewhere)
  const register = (type: string, behave: Parameters<typeof recordingAdapter>[1] = {}) => {
    const recording = recordingAdapter(type, behave)
    const adapter: Adapter = { ...recording.adapter, mirrors: true }
    return Object.assign(recording, { registration: opened.client.register(adapter) })
  }
  return { ...opened, watching, register }
}

describe('what a mirroring adapter gets', () => {
  test('a channel at once, and then every entry once and in order', async () => {
    const beta = onBeta()
    const { register, clock, client } = mirroring(beta)
    const chat = register('chat')
    const session = await beta.start()
    await clock.advance(0)
    expect(chat.calls[0]).toBe('create')
    expect(beta.elsewhere.find(session.id)?.adapterMetadata).toEqual({ chat: { channel: session.id } })
    for (const line of range(1, 50)) await beta.state.there.print(session, `${line}\n`)
    const head = beta.state.there.journal.head(session.id)
    await until(() => chat.seqs.length >= head)
    expect(chat.seqs).toEqual(range(1, head))
    expect(chat.text).toBe(
      range(1, 50)
        .map(line => `${line}\n`)
        .join(''),
    )
    expect(chat.batches[0]?.epoch).toBe(beta.state.there.journal.epoch)
    expect(chat.mostAtOnce).toBe(1)
    expect(client.status(session.id)).toMatchObject([
      { adapter: 'chat', state: 'idle', sentSeq: head, behind: 0, error: null },
    ])
  })

  test('a channel of each of two adapters, of which a slow one holds up nobody', async () => {
    const beta = onBeta()
    const { register, clock } = mirroring(beta)
    const slow = register('slow', { sendMessage: () => gate().promise })
    const chat = register('chat')
    const session = await beta.start()
    await beta.state.there.print(session, 'one')
    await until(() => chat.text === 'one')
    await clock.advance(0)
    expect([slow.text, slow.calls[0]]).toEqual(['', 'create'])
    expect(beta.elsewhere.find(session.id)?.adapterMetadata).toHaveProperty('slow')
  })

  test('a new title, and the end when everything was sent', async () => {
    const beta = onBeta()
    const { register, clock } = mirroring(beta)
    const chat = register('chat')
    const session = await beta.start()
    await clock.advance(0)
    beta.elsewhere.change(session.id, { title: 'new' })
    await clock.advance(0)
    expect(chat.calls).toContain('update {"title":"new"}')
    // The owner's news of the end may be here before the last entries are, and the other way round.
    beta.elsewhere.change(session.id, { state: 'closed' })
    await clock.advance(0)
    expect(chat.calls).not.toContain('close')
    await beta.state.there.print(session, 'the last words')
    await beta.state.there.exit(session, 0)
    await until(() => chat.calls.includes('close'))
    expect(chat.text).toBe('the last words')
    expect(chat.calls.filter(call => call === 'close')).toHaveLength(1)
    expect(beta.state.open).toBe(0)
  })

  test('no close before its owner has told of it', async () => {
    const beta = onBeta()
    const { register, clock } = mirroring(beta)
    const chat = register('chat')
    const session = await beta.start()
    await beta.state.there.exit(session, 0)
    await until(() => chat.seqs.length === beta.state.there.journal.head(session.id))
    await clock.advance(0)
    expect(chat.calls).not.toContain('close')
    beta.elsewhere.change(session.id, { state: 'closed' })
    await until(() => chat.calls.includes('close'))
  })

  test('no more than fits into its buffer and one item is read ahead of it', async () => {
    const beta = onBeta()
    const { register, clock } = mirroring(beta, { mirrorLimits: { maxBytes: 8 * 1024 } })
    const first = gate()
    const chat = register('chat', { sendMessage: () => first.promise })
    const session = await beta.start()
    await until(() => beta.state.items === 1)
    for (const _ of range(1, 100)) await beta.state.there.print(session, 'x'.repeat(4096))
    await clock.advance(0)
    expect(beta.state.items).toBeLessThan(6)
    first.resolve()
    const head = beta.state.there.journal.head(session.id)
    await until(() => chat.seqs.length === head)
    expect(chat.seqs).toEqual(range(1, head))
  })

  test('a gap, then everything, where the owner has another journal now', async () => {
    const beta = onBeta()
    const { register, clock } = mirroring(beta)
    const chat = register('chat')
    const session = await beta.start()
    for (const _ of range(1, 10)) await beta.state.there.print(session, 'old')
    await until(() => chat.seqs.length === beta.state.there.journal.head(session.id))
    const before = chat.batches.length
    const restored = scriptedCore()
    await restored.core.sessions.start({ title: 'a', originAdapter: 'test', id: session.id })
    await restored.print(session, 'new')
    beta.state.there.stop()
    beta.state.there = restored
    await clock.advance(1000)
    await until(() => chat.text.includes('new'))
    const after = chat.batches.slice(before)
    expect(after[0]?.entries[0]).toMatchObject({ kind: 'gap', reason: 'epoch' })
    expect(new Set(after.map(({ epoch }) => epoch))).toEqual(new Set([restored.journal.epoch]))
    expect(chat.text.split('new')).toHaveLength(2)
    await restored.print(session, 'er')
    await until(() => chat.text.endsWith('newer'))
  })
})

test('the watch of one whose end cannot be saved ends when it can', async () => {
  const beta = onBeta()
  const { register, store, clock, client } = mirroring(beta)
  await clock.advance(120_000)
  const before = clock.timers
  const chat = register('chat')
  const session = await beta.start()
  await beta.state.there.exit(session, 0)
  await until(() => chat.seqs.length === beta.state.there.journal.head(session.id))
  store.db.pragma('query_only = ON')
  beta.elsewhere.change(session.id, { state: 'closed' })
  await until(() => chat.calls.includes('close'))
  await clock.advance(10_000)
  expect(client.status(session.id)).toMatchObject([{ state: 'retrying' }])
  store.db.pragma('query_only = OFF')
  await clock.advance(60_000)
  expect(client.status()).toEqual([])
  await clock.advance(120_000)
  expect(clock.timers).toBe(before)
  expect(chat.calls.filter(call => call === 'close')).toHaveLength(1)
})

test('what had ended when it was first heard of is mirrored all the same', async () => {
  const beta = onBeta()
  const { register } = mirroring(beta)
  const chat = register('chat')
  const session = await beta.state.there.start()
  await beta.state.there.print(session, 'all of it')
  await beta.state.there.exit(session, 0)
  beta.elsewhere.create(known(session, { state: 'closed' }))
  await until(() => chat.calls.includes('close'))
  expect(chat.text).toBe('all of it')
})

test('what is started again has its channel again, and goes on in it', async () => {
  const beta = onBeta()
  const { register } = mirroring(beta)
  const chat = register('chat')
  const session = await beta.start()
  await beta.state.there.exit(session, 0)
  beta.elsewhere.change(session.id, { state: 'closed' })
  await until(() => chat.calls.includes('close'))
  await beta.state.there.core.sessions.start({ title: 'again', originAdapter: 'test', id: session.id })
  await beta.state.there.print(session, 'again')
  beta.elsewhere.change(session.id, { state: 'ready' })
  await until(() => chat.text === 'again')
  expect(chat.seqs).toEqual(range(1, beta.state.there.journal.head(session.id)))
})

describe('what is not mirrored', () => {
  const cases: [string, Partial<Session>, Partial<Adapter>][] = [
    ['where the owner has the adapter', { adapterTypes: ['redis', 'chat'] }, { mirrors: true }],
    ['a one-shot run', { kind: 'run', adapterTypes: [] }, { mirrors: true }],
    ['by an adapter that does not mirror', {}, {}],
    ['what ended before there was an adapter', { state: 'closed' }, { mirrors: true }],
  ]
  test.each(cases)('%s', async (_, change, more) => {
    const beta = onBeta()
    await beta.start(change)
    const { client, clock } = mirroring(beta)
    const chat = recordingAdapter('chat')
    client.register({ ...chat.adapter, ...more })
    await clock.advance(60_000)
    expect(chat.calls).toEqual([])
    expect(beta.state.watches).toBe(0)
  })

  test('what is passed off as a session of this computer, whose place stays its own', async () => {
    const beta = onBeta()
    const mine = sampleSession({ id: SESSION, adapterTypes: ['chat'] })
    const { client, journal, clock, register } = mirroring(beta, { sessions: [mine] })
    const chat = register('chat')
    await journal.append(SESSION, [output('mine')])
    beta.elsewhere.create(known(mine))
    await clock.advance(100)
    beta.elsewhere.remove(SESSION)
    expect(chat.text).toBe('mine')
    expect(beta.state.watches).toBe(0)
    expect(client.status(SESSION)).toMatchObject([{ sentSeq: 1, state: 'idle' }])
  })

  test('more than the limit, until another one has ended', async () => {
    const beta = onBeta()
    const { register, clock } = mirroring(beta, { mirrorLimits: { mostPumps: 2 } })
    const chat = register('chat')
    const [first] = [await beta.start(), await beta.start(), await beta.start()]
    await clock.advance(0)
    expect(chat.calls.filter(call => call === 'create')).toHaveLength(2)
    await beta.state.there.exit(first, 0)
    beta.elsewhere.change(first.id, { state: 'closed' })
    await until(() => chat.calls.filter(call => call === 'create').length === 3)
    expect(chat.calls).toContain('close')
  })

  test('more than the limit, of which the log tells once while others wait, and again after there was room', async () => {
    const beta = onBeta()
    const captured = capturedLog()
    const { register, clock } = mirroring(beta, { mirrorLimits: { mostPumps: 1 }, log: captured.log })
    const chat = register('chat')
    const told = () => captured.lines.filter(line => line.includes('no more sessions get a channel'))
    const sessions = [await beta.start(), await beta.start(), await beta.start()]
    await clock.advance(0)
    for (const [index, session] of sessions.entries()) {
      await beta.state.there.exit(session, 0)
      beta.elsewhere.change(session.id, { state: 'closed' })
      await until(() => chat.calls.filter(call => call === 'close').length > index)
    }
    expect(told()).toHaveLength(1)
    await beta.start()
    await beta.start()
    await clock.advance(0)
    expect(told()).toHaveLength(2)
  })
})

describe('after a restart of this daemon', () => {
  async function restarted(meanwhile: (beta: ReturnType<typeof onBeta>, session: Session) => Promise<void>) {
    const beta = onBeta()
    const before = mirroring(beta)
    const old = before.register('chat')
    const session = await beta.start()
    for (const _ of range(1, 10)) await beta.state.there.print(session, 'x')
    await until(() => old.seqs.length === beta.state.there.journal.head(session.id))
    await before.client.close()
    const opened = await before.restart()
    await meanwhile(beta, session)
    opened.client.mirror(beta.elsewhere)
    const chat = recordingAdapter('chat')
    opened.client.register({ ...chat.adapter, mirrors: true })
    return { beta, old, chat, session, clock: opened.clock }
  }

  test('it goes on after the last entry that was sent, in the same channel', async () => {
    const { beta, chat, old, session } = await restarted((beta, session) =>
      beta.state.there.print(session, 'more'),
    )
    await until(() => chat.text === 'more')
    expect([...old.seqs, ...chat.seqs]).toEqual(range(1, beta.state.there.journal.head(session.id)))
    expect(chat.calls).not.toContain('create')
  })

  test('a session that ended meanwhile is caught up with, and its channel closed, once', async () => {
    const { beta, chat, session, clock } = await restarted(async (beta, session) => {
      await beta.state.there.print(session, 'the end')
      await beta.state.there.exit(session, 0)
      beta.elsewhere.change(session.id, { state: 'closed' })
    })
    await until(() => chat.calls.includes('close'))
    expect(chat.text).toBe('the end')
    beta.elsewhere.change(session.id, { description: 'as it was' })
    await clock.advance(60_000)
    expect(chat.calls.filter(call => call === 'close' || call === 'create')).toEqual(['close'])
  })

  test('what its owner has forgotten has its channel closed', async () => {
    const { beta, chat, session } = await restarted(async (beta, session) => {
      beta.state.refusal = new TeleclaudeError('TC_ERR_SESSION_NOT_FOUND', 'no such session')
      beta.elsewhere.change(session.id, { state: 'closed' })
    })
    await until(() => chat.calls.includes('close'))
    expect(chat.text).toBe('')
    expect(beta.elsewhere.find(session.id)).toBeDefined()
  })
})

describe('while its owner is away', () => {
  test('the pump waits and says why; when it returns nothing is missing', async () => {
    const beta = onBeta()
    beta.state.refusal = offline()
    const { register, client, clock } = mirroring(beta)
    const chat = register('chat')
    const session = await beta.start()
    await clock.advance(120_000)
    expect(client.status(session.id)).toMatchObject([{ state: 'retrying', error: 'beta is offline' }])
    expect(beta.state.watches).toBeLessThan(20)
    await beta.state.there.print(session, 'meanwhile')
    beta.state.refusal = null
    beta.returned('gamma')
    await clock.advance(0)
    expect(chat.text).toBe('')
    beta.returned()
    await until(() => chat.text === 'meanwhile')
    expect(client.status(session.id)).toMatchObject([{ state: 'idle', error: null }])
  })

  test.each(['TC_ERR_COMPUTER_OFFLINE', 'TC_ERR_FORBIDDEN'] as const)(
    'one that is %s is asked every few minutes at most, until it returns',
    async code => {
      const beta = onBeta()
      beta.state.refusal = new TeleclaudeError(code, 'not now')
      const { register, clock } = mirroring(beta)
      const chat = register('chat')
      const session = await beta.start()
      await clock.advance(3_600_000)
      expect(beta.state.watches).toBeGreaterThanOrEqual(12)
      expect(beta.state.watches).toBeLessThanOrEqual(25)
      await beta.state.there.print(session, 'meanwhile')
      beta.state.refusal = null
      beta.returned()
      await until(() => chat.text === 'meanwhile')
    },
  )

  test('one that returns while it is being asked is asked again soon', async () => {
    const beta = onBeta()
    const asked = gate()
    beta.state.asked = asked.promise
    beta.state.refusal = offline()
    const { register, clock } = mirroring(beta)
    const chat = register('chat')
    const session = await beta.start()
    await beta.state.there.print(session, 'meanwhile')
    beta.returned()
    asked.resolve()
    await clock.advance(0)
    beta.state.refusal = null
    await clock.advance(1000)
    await until(() => chat.text === 'meanwhile')
  })

  test('a refusal leaves the channel as it is', async () => {
    const beta = onBeta()
    beta.state.refusal = new TeleclaudeError('TC_ERR_FORBIDDEN', 'beta lets nobody read')
    const { register, client, clock } = mirroring(beta)
    const chat = register('chat')
    const session = await beta.start()
    await clock.advance(60_000)
    expect(client.status(session.id)).toMatchObject([{ error: 'beta lets nobody read' }])
    expect(chat.calls).toEqual(['create'])
  })
})

describe('the end', () => {
  test('of a session that is forgotten here ends its watch and its pump', async () => {
    const beta = onBeta()
    const { register, client } = mirroring(beta)
    register('chat')
    const session = await beta.start()
    await until(() => beta.state.open === 1)
    beta.elsewhere.remove(session.id)
    await until(() => beta.state.open === 0)
    expect(client.status()).toEqual([])
  })

  test('of an adapter ends what is watched for it, and of the carrier all that is', async () => {
    const beta = onBeta()
    const { register, watching, clock, close } = mirroring(beta)
    const [one] = [register('one'), register('two')]
    await beta.start()
    await until(() => beta.state.open === 2)
    one.registration[Symbol.dispose]()
    await until(() => beta.state.open === 1)
    watching[Symbol.dispose]()
    await until(() => beta.state.open === 0)
    await close()
    expect(clock.timers).toBe(0)
    expect(beta.listeners()).toBe(0)
  })
})

test('a notice in a session elsewhere is committed by its owner, under both names, and comes back', async () => {
  const beta = onBeta()
  const { register, client } = mirroring(beta)
  const chat = register('chat')
  const session = await beta.start()
  const cursor = await client.sendMessage(session.id, 'hello', { author: 'ada' })
  expect(cursor).toBe(beta.state.there.journal.cursor(session.id))
  await until(() => chat.text === 'hello')
  const notice = chat.batches.flatMap(({ entries }) => entries).find(({ kind }) => kind === 'notice')
  expect(notice).toMatchObject({ text: 'hello', author: 'ada (user:ada)' })
  const nowhere = client.sendMessage('zzzzzzzzzzzz' as SessionId, 'hello')
  await expect(nowhere).rejects.toMatchObject({ code: 'TC_ERR_SESSION_NOT_FOUND' })
})
