import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { SessionId } from '../../../core/ids.ts'
import { createRemoteSessions } from '../../../core/mesh/remote-sessions.ts'
import { createSessionRecords } from '../../../core/mesh/session-records.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { openStore } from '../../../core/store/store.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { tempDir } from '../../support/temp-dir.ts'

type Ask = (computer: string, operation: string, input: unknown) => Promise<unknown>

const ID = sampleSession().id
const nobody: Ask = async () => {
  throw notFound()
}
/** When the clocks of these tests begin. */
const NOW = new FakeClock().now()
const protocolError = expect.objectContaining({ code: 'TC_ERR_PROTOCOL' })

function notFound() {
  return new TeleclaudeError('TC_ERR_SESSION_NOT_FOUND', 'no such session')
}

/** A session on beta that was started from alpha. */
function theirs(change: Partial<Session> = {}): Session {
  return sampleSession({
    computer: 'beta',
    origin: 'alpha',
    createdAt: NOW,
    updatedAt: 1000,
    lastActivityAt: 1000,
    ...change,
  })
}

const ended = { state: 'closed', closeReason: 'exited', exitCode: 0, closedAt: 2000 } as const
const idOf = (number: number) =>
  `a${number
    .toString(32)
    .padStart(11, '2')
    .replace(/[018-9w-z]/g, 'q')}` as SessionId

function openStoreIn(dir: string, clock = new FakeClock()) {
  const store = openStore({ file: join(dir, 'test.db'), clock, log: capturedLog().log })
  onTestFinished(() => store.close())
  return store
}

/** From there some sessions were started on beta and gamma that have not been told of, unless nothing was. */
function open({
  ask = nobody,
  online = ['beta', 'gamma'],
  dir = tempDir(),
  started = ['beta', 'beta', 'beta', 'gamma'],
}: {
  ask?: Ask
  online?: readonly string[]
  dir?: string
  started?: readonly string[]
} = {}) {
  const clock = new FakeClock()
  const { log } = capturedLog()
  const store = openStoreIn(dir, clock)
  const asked: string[] = []
  const hooks: unknown[] = []
  const heard: unknown[] = []
  const remote = createRemoteSessions({
    ...{ self: 'alpha', store, clock, log },
    online: () => online,
    ask(computer, operation, input) {
      asked.push(`${computer} ${operation}`)
      return ask(computer, operation, input)
    },
    hookPoints: {
      sessionUpdate: async ({ computer, title }, change) => void hooks.push([computer, title, change]),
      sessionClose: async ({ computer, title }) => void hooks.push([computer, title, 'closed']),
      output: (entries, { computer, title }) => void hooks.push([computer, title, entries]),
    },
  })
  for (const computer of started) remote.expected(computer)
  remote.onChange(({ title }, change) => heard.push([title, change]))
  return { remote, store, clock, dir, asked, hooks, heard }
}

describe('what an owner tells', () => {
  test('in an answer to a request counts as well, and what is not to be told is passed over', () => {
    const { remote } = open()
    remote.told('beta', theirs())
    remote.heard('beta', theirs({ title: 'renamed', updatedAt: 2000 }))
    expect(remote.find(ID)?.title).toBe('renamed')
    remote.heard('beta', theirs({ title: 'older', updatedAt: 1500 }))
    remote.heard('gamma', theirs({ title: 'forged', updatedAt: 3000 }))
    remote.heard('beta', sampleSession({ computer: 'beta', origin: 'gamma', id: idOf(1) }))
    remote.heard('beta', { title: 'no record' })
    expect(remote.list()).toEqual([theirs({ title: 'renamed', updatedAt: 2000 })])
  })

  test('is kept, told to listeners and to plugins, and there after a restart', () => {
    const { remote, store, dir, hooks, heard } = open()
    remote.told('beta', theirs())
    remote.told('beta', theirs({ title: 'new title', updatedAt: 2000 }))
    expect(remote.find(ID)).toEqual(theirs({ title: 'new title', updatedAt: 2000 }))
    expect(heard).toEqual([
      ['demo', 'created'],
      ['new title', { title: 'new title' }],
    ])
    expect(hooks).toEqual([
      ['beta', 'demo', expect.objectContaining({ state: 'ready' })],
      ['beta', 'new title', { title: 'new title' }],
    ])
    store.close()
    expect(open({ dir }).remote.list()).toEqual([theirs({ title: 'new title', updatedAt: 2000 })])
  })

  test('may have fields that are not known here', () => {
    const { remote } = open()
    remote.told('beta', { ...theirs(), mood: 'good' })
    expect(remote.find(ID)).toEqual(theirs())
  })

  test('is told to nobody if nothing that anybody is told of has changed', () => {
    const { remote, hooks, heard } = open()
    remote.told('beta', theirs())
    remote.told('beta', theirs({ lastActivityAt: 5000 }))
    expect([hooks.length, heard.length]).toEqual([1, 1])
    expect(remote.find(ID)?.lastActivityAt).toBe(5000)
  })

  test('of an end is an end for plugins', () => {
    const { remote, hooks, heard } = open()
    remote.told('beta', theirs())
    remote.told('beta', theirs({ ...ended, updatedAt: 2000 }))
    expect(heard[1]).toEqual(['demo', { state: 'closed', closeReason: 'exited', exitCode: 0 }])
    expect(hooks[1]).toEqual(['beta', 'demo', 'closed'])
  })

  test.each([
    ['garbage', 'what'],
    ['no id', { ...theirs(), id: '../../etc' }],
    ['another computer', theirs({ computer: 'gamma' })],
    ['a session that was started from elsewhere', theirs({ origin: 'gamma' })],
    ['this computer as its own', theirs({ computer: 'alpha' })],
    ['far too much', theirs({ description: 'x'.repeat(20_000) })],
  ])('is refused if it is of %s', (_what, session) => {
    const { remote, heard } = open()
    expect(() => remote.told('beta', session)).toThrow(protocolError)
    expect([remote.list(), heard]).toEqual([[], []])
  })

  test("does not take over another computer's session", () => {
    const { remote } = open()
    remote.told('beta', theirs())
    expect(() => remote.told('gamma', theirs({ computer: 'gamma', updatedAt: 9000 }))).toThrow(protocolError)
    expect(remote.whereabouts(ID)).toBe('beta')
  })

  test('is ignored if something newer was told before', () => {
    const { remote } = open()
    remote.told('beta', theirs({ state: 'busy', updatedAt: 2000, lastActivityAt: 3000 }))
    remote.told('beta', theirs({ state: 'ready', updatedAt: 2000, lastActivityAt: 2500 }))
    remote.told('beta', theirs({ state: 'ready', updatedAt: 1000, lastActivityAt: 9000 }))
    expect(remote.find(ID)?.state).toBe('busy')
  })

  test('brings no session back that has ended, unless it was started again', () => {
    const { remote } = open()
    remote.told('beta', theirs({ ...ended, updatedAt: 2000 }))
    remote.told('beta', theirs({ updatedAt: 2000, lastActivityAt: 9000 }))
    expect(remote.find(ID)?.state).toBe('closed')
    remote.told('beta', theirs({ state: 'starting', updatedAt: 3000 }))
    expect(remote.find(ID)?.state).toBe('starting')
  })

  test('does not fail because a listener does', () => {
    const { remote } = open()
    remote.onChange(() => {
      throw new Error('not my day')
    })
    remote.told('beta', theirs())
    expect(remote.find(ID)).toBeDefined()
  })
})

describe('a session that is not known yet', () => {
  const notice = { kind: 'notice', text: 'done', format: 'text', author: 'agent', seq: 5, at: 9 } as const

  test('is passed over if its computer was not asked to start one, and nothing of it reaches plugins', () => {
    const { remote, hooks, heard } = open({ started: ['gamma'] })
    remote.told('beta', theirs())
    remote.told('beta', theirs({ ...ended, id: idOf(2) }))
    expect(() => remote.noticed('beta', ID, notice)).toThrow(protocolError)
    expect([remote.list(), hooks, heard]).toEqual([[], [], []])
  })

  test('is taken once for each start that was asked for', () => {
    const { remote } = open({ started: ['beta', 'beta'] })
    for (const number of [1, 2, 3]) remote.told('beta', theirs({ id: idOf(number) }))
    remote.told('beta', theirs({ id: idOf(1), title: 'renamed', updatedAt: 2000 }))
    expect(remote.list().map(({ id, title }) => [id, title])).toEqual([
      [idOf(1), 'renamed'],
      [idOf(2), 'demo'],
    ])
  })

  test('is taken after a crash between its start and its news, and counts as the one asked for', () => {
    const before = open({ started: ['beta'] })
    before.store.close()
    const after = open({ dir: before.dir, started: [] })
    after.remote.told('beta', theirs())
    expect(after.remote.find(ID)).toBeDefined()
    after.store.close()
    const last = open({ dir: before.dir, started: [] })
    last.remote.told('beta', theirs({ id: idOf(2) }))
    expect(last.remote.list().map(({ id }) => id)).toEqual([ID])
  })

  test('is expected for a day', async () => {
    const { remote, clock } = open({ started: ['beta'] })
    await clock.advance(86_400_001)
    remote.told('beta', theirs({ createdAt: clock.now() }))
    expect(remote.list()).toEqual([])
  })

  test('does not take the place of the one asked for if it is much older', () => {
    const { remote } = open({ started: ['beta'] })
    remote.told('beta', theirs({ id: idOf(2), createdAt: NOW - 120_001 }))
    remote.told('beta', theirs())
    expect(remote.list().map(({ id }) => id)).toEqual([ID])
  })

  test('is taken from an answer, and is then expected no longer', () => {
    const { remote } = open({ started: ['beta'] })
    remote.heard('beta', theirs())
    remote.told('beta', theirs({ id: idOf(2) }))
    remote.heard('beta', theirs({ id: idOf(3) }))
    expect(remote.list().map(({ id }) => id)).toEqual([ID, idOf(3)])
  })

  test('is expected of the latest thousand starts', () => {
    const { remote } = open({ started: ['beta', ...Array.from({ length: 1000 }, () => 'gamma')] })
    remote.told('beta', theirs())
    remote.told('gamma', theirs({ computer: 'gamma', id: idOf(2) }))
    expect(remote.list().map(({ computer }) => computer)).toEqual(['gamma'])
  })
})

describe('a notice', () => {
  const notice = { kind: 'notice', text: 'done', format: 'text', author: 'agent', seq: 5, at: 9 } as const

  test('in a session that was started from here is told to plugins, once', () => {
    const { remote, hooks } = open()
    remote.told('beta', theirs())
    remote.noticed('beta', ID, notice)
    remote.noticed('beta', ID, notice)
    expect(hooks.slice(1)).toEqual([['beta', 'demo', [notice]]])
  })

  test.each([
    ['another computer', 'gamma', ID, notice],
    ['a session that is not known', 'beta', idOf(99), notice],
    ['something that is no notice', 'beta', ID, { ...notice, kind: 'mark', mark: { type: 'start' } }],
    ['garbage', 'beta', ID, 'what'],
  ])('of %s is refused', (_what, from, id, entry) => {
    const { remote, hooks } = open()
    remote.told('beta', theirs())
    expect(() => remote.noticed(from, id, entry)).toThrow(protocolError)
    expect(hooks.length).toBe(1)
  })
})

describe('records', () => {
  test('are listed with the newest first', () => {
    const { remote } = open()
    for (const age of [2, 3, 1]) remote.told('beta', theirs({ id: idOf(age), createdAt: NOW - age }))
    expect(remote.list().map(session => NOW - session.createdAt)).toEqual([1, 2, 3])
  })

  test('are bounded: what has ended goes first, then the oldest of the computer that has the most', () => {
    const store = openStoreIn(tempDir())
    const records = createSessionRecords({ store, log: capturedLog().log }, 3)
    const put = (number: number, change: Partial<Session> = {}) =>
      records.put(theirs({ id: idOf(number), createdAt: number, ...change }))
    put(1, { computer: 'gamma' })
    put(2, ended)
    put(3)
    put(4)
    expect(records.all().map(session => session.createdAt)).toEqual([1, 3, 4])
    put(5)
    expect(records.all().map(session => session.createdAt)).toEqual([1, 4, 5])
  })

  test('of what ended long ago are forgotten, of one-shot runs sooner', () => {
    const { remote, clock, heard, dir, store } = open()
    const now = clock.now()
    remote.told('beta', theirs({ title: 'live' }))
    remote.told('beta', theirs({ ...ended, id: idOf(2), title: 'run', kind: 'run', closedAt: now - 700_000 }))
    remote.told('beta', theirs({ ...ended, id: idOf(3), title: 'shell', closedAt: now - 700_000 }))
    remote.sweep(86_400_000)
    expect(heard.at(-1)).toEqual(['run', 'removed'])
    expect(remote.list()).toHaveLength(2)
    remote.sweep(600_000)
    expect(remote.list().map(({ title }) => title)).toEqual(['live'])
    store.close()
    expect(open({ dir }).remote.list()).toHaveLength(1)
  })
})

describe('where a session is', () => {
  test('is remembered of ids that were seen, and nobody takes one over by naming it', () => {
    const { remote } = open()
    remote.remember('one', 'beta')
    remote.remember('one', 'gamma')
    expect(remote.whereabouts('one')).toBe('beta')
    for (let number = 0; number < 10_000; number++) remote.remember(`id${number}`, 'gamma')
    expect(remote.whereabouts('one')).toBeUndefined()
  })

  test('is asked of all at once, and the first that knows it wins', async () => {
    const late = Promise.withResolvers<unknown>()
    const ask: Ask = computer =>
      computer === 'beta' ? late.promise : Promise.resolve(sampleSession({ computer, origin: computer }))
    const { remote, asked } = open({ ask })
    expect(await remote.locate(ID)).toBe('gamma')
    expect(asked).toEqual(['beta session.get', 'gamma session.get'])
    expect([remote.whereabouts(ID), remote.list()]).toEqual(['gamma', []])
    late.resolve(sampleSession({ computer: 'beta' }))
  })

  test('is asked once for all who want to know it at the same time', async () => {
    const { remote, asked } = open({ ask: async computer => theirs({ computer }), online: ['beta'] })
    expect(await Promise.all([remote.locate(ID), remote.locate(ID)])).toEqual(['beta', 'beta'])
    expect(asked).toHaveLength(1)
    // Its record was lost here, and came with the answer.
    expect(remote.find(ID)).toEqual(theirs())
  })

  test('is not asked again for two seconds when nobody knows', async () => {
    const { remote, asked, clock } = open()
    expect(await remote.locate(ID)).toBeUndefined()
    await clock.advance(1999)
    expect(await remote.locate(ID)).toBeUndefined()
    expect(asked).toHaveLength(2)
    await clock.advance(1)
    await remote.locate(ID)
    expect(asked).toHaveLength(4)
  })

  test('is not believed of an answer about something else', async () => {
    const { remote } = open({ ask: async () => theirs({ id: idOf(7) }) })
    expect(await remote.locate(ID)).toBeUndefined()
  })

  test('is not known to be nowhere if nobody could be asked', async () => {
    const down: Ask = async () => {
      throw new TeleclaudeError('TC_ERR_TRANSPORT', 'Redis is down')
    }
    await expect(open({ ask: down }).remote.locate(ID)).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
    expect(await open({ ask: down, online: [] }).remote.locate(ID)).toBeUndefined()
  })

  test('is asked of no more than 64 computers at a time', async () => {
    const waiting: (() => void)[] = []
    const online = Array.from({ length: 100 }, (_, number) => `c${number}`)
    const ask: Ask = (_computer, _operation) =>
      new Promise((_, reject) => waiting.push(() => reject(notFound())))
    const { remote, asked, clock } = open({ ask, online })
    const located = remote.locate(ID)
    expect(asked).toHaveLength(64)
    waiting.shift()?.()
    await clock.advance(0)
    expect(asked).toHaveLength(65)
    while (waiting.length > 0) {
      waiting.shift()?.()
      await clock.advance(0)
    }
    expect(await located).toBeUndefined()
    expect(asked).toHaveLength(100)
  })
})

describe('when an owner was away', () => {
  const owner =
    (live: readonly unknown[], known: readonly Session[] = []): Ask =>
    async (_computer, operation, input) => {
      if (operation === 'session.list') return { sessions: live }
      const { session_id } = input as { session_id: string }
      const found = known.find(({ id }) => id === session_id)
      if (!found) throw notFound()
      return found
    }

  test('what changed meanwhile is taken in, and what was not heard of', async () => {
    const busy = theirs({ state: 'busy', updatedAt: 2000 })
    const unheard = theirs({ id: idOf(2), title: 'unheard' })
    const foreign = theirs({ id: idOf(3), origin: 'gamma' })
    const { remote } = open({ ask: owner([{ nonsense: true }, busy, foreign, unheard]) })
    remote.told('beta', theirs())
    await remote.reconcile('beta')
    expect(new Set(remote.list())).toEqual(new Set([busy, unheard]))
  })

  test('what has ended meanwhile has ended as its owner says', async () => {
    const over = theirs({ ...ended, exitCode: 7, updatedAt: 2000 })
    const { remote, hooks } = open({ ask: owner([], [over]) })
    remote.told('beta', theirs())
    await remote.reconcile('beta')
    expect(remote.find(ID)).toEqual(over)
    expect(hooks.at(-1)).toEqual(['beta', 'demo', 'closed'])
  })

  test('what it no longer knows is closed, and says so; what runs elsewhere is not touched', async () => {
    const { remote, clock } = open({ ask: owner([]) })
    remote.told('beta', theirs())
    remote.told('gamma', theirs({ id: idOf(2), computer: 'gamma' }))
    await remote.reconcile('beta')
    expect(remote.find(ID)).toMatchObject({
      state: 'closed',
      closeReason: 'its computer no longer knows it',
      closedAt: clock.now(),
    })
    expect(remote.find(idOf(2))?.state).toBe('ready')
  })

  test('a session that began while it was asked stays', async () => {
    const answer = Promise.withResolvers<unknown>()
    const { remote } = open({ ask: () => answer.promise })
    const reconciled = remote.reconcile('beta')
    remote.told('beta', theirs())
    answer.resolve({ sessions: [] })
    await reconciled
    expect(remote.find(ID)?.state).toBe('ready')
  })

  test('nothing is taken for closed if it cannot be asked', async () => {
    const offline: Ask = async () => {
      throw new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'gone again')
    }
    const { remote } = open({ ask: offline })
    remote.told('beta', theirs())
    await expect(remote.reconcile('beta')).rejects.toMatchObject({ code: 'TC_ERR_COMPUTER_OFFLINE' })
    expect(remote.find(ID)?.state).toBe('ready')
  })
})
