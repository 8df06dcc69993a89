import { describe, expect, test } from 'vitest'
import { createSessionRecords } from '../../../core/mesh/session-records.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { ended, ID, idOf, NOW, open, openStoreIn, protocolError, theirs } from './sessions-elsewhere.ts'

describe('what adapters here made of a session elsewhere', () => {
  const mirrored = theirs({ adapterTypes: ['redis'], adapterMetadata: { redis: { stream: 'output' } } })
  const place = { topic: 7 }

  test('stays whatever its owner tells, is there after a restart, and goes when it is forgotten', () => {
    const { remote, store, dir } = open()
    remote.told('beta', mirrored)
    remote.setMetadata(ID, 'chat', place)
    remote.told('beta', { ...mirrored, title: 'renamed', updatedAt: 2000 })
    const both = { redis: { stream: 'output' }, chat: place }
    expect(remote.find(ID)).toMatchObject({ title: 'renamed', adapterMetadata: both })
    store.close()
    const again = open({ dir }).remote
    expect(again.list()).toMatchObject([{ adapterMetadata: both }])
    again.setMetadata(ID, 'chat', null)
    expect(again.find(ID)?.adapterMetadata).toEqual({ redis: { stream: 'output' } })
  })

  test('is nothing that its owner says, unless the adapter is one of its own', () => {
    const { remote } = open()
    remote.told('beta', { ...mirrored, adapterMetadata: { chat: { topic: 1 } } })
    expect(remote.find(ID)?.adapterMetadata).toEqual({})
    remote.setMetadata(ID, 'chat', place)
    remote.told('beta', { ...mirrored, adapterMetadata: { chat: { topic: 1 } }, updatedAt: 2000 })
    expect(remote.find(ID)?.adapterMetadata).toEqual({ chat: place })
  })

  test('is there after a restart also where the session itself could not be saved before', () => {
    const { remote, store, dir } = open()
    store.db.pragma('query_only = ON')
    remote.told('beta', mirrored)
    store.db.pragma('query_only = OFF')
    remote.setMetadata(ID, 'chat', place)
    store.close()
    expect(open({ dir }).remote.find(ID)).toMatchObject({
      title: mirrored.title,
      adapterMetadata: { chat: place },
    })
  })

  test('is there after a restart also where it could not be saved at once', () => {
    const { remote, store, dir } = open()
    remote.told('beta', mirrored)
    store.db.pragma('query_only = ON')
    remote.setMetadata(ID, 'chat', place)
    store.db.pragma('query_only = OFF')
    remote.told('beta', { ...mirrored, updatedAt: 2000 })
    store.close()
    expect(open({ dir }).remote.find(ID)?.adapterMetadata).toMatchObject({ chat: place })
  })

  test('of one that is not known is not remembered', () => {
    const { remote } = open()
    remote.setMetadata(ID, 'chat', place)
    remote.told('beta', mirrored)
    expect(remote.find(ID)?.adapterMetadata).not.toHaveProperty('chat')
  })
})

test('whoever waits for a computer is told when it returns', () => {
  const { remote } = open()
  const returned: string[] = []
  const listening = remote.onReturn(computer => returned.push(computer))
  remote.returned('beta')
  listening[Symbol.dispose]()
  remote.returned('gamma')
  expect(returned).toEqual(['beta'])
})

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

  test('counts also while it cannot be saved, and is saved with what comes next, or with the next sweep', () => {
    const { remote, store, dir, heard } = open()
    store.db.pragma('query_only = ON')
    remote.told('beta', theirs())
    remote.setMetadata(ID, 'chat', { topic: 1 })
    expect(heard).toEqual([['demo', 'created']])
    store.db.pragma('query_only = OFF')
    remote.told('gamma', theirs({ id: idOf(2), computer: 'gamma' }))
    store.db.pragma('query_only = ON')
    remote.told('gamma', theirs({ id: idOf(2), computer: 'gamma', title: 'renamed', updatedAt: 2000 }))
    store.db.pragma('query_only = OFF')
    remote.sweep({ runMs: 1000, closedMs: 1000 })
    const known = remote.list()
    store.close()
    const again = open({ dir }).remote
    expect(new Set(again.list())).toEqual(new Set(known))
    expect(again.find(ID)?.adapterMetadata).toMatchObject({ chat: { topic: 1 } })
    expect(again.find(idOf(2))?.title).toBe('renamed')
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

  test('is told once, however often the daemon was restarted since, and each that is new is told', () => {
    const first = open()
    first.remote.told('beta', theirs())
    for (let seq = 1; seq <= 1500; seq++) first.remote.noticed('beta', ID, { ...notice, seq })
    first.store.close()
    const second = open({ dir: first.dir })
    for (const seq of [501, 1500, 1501]) second.remote.noticed('beta', ID, { ...notice, seq })
    second.store.close()
    const third = open({ dir: first.dir })
    for (const seq of [502, 1501, 1502]) third.remote.noticed('beta', ID, { ...notice, seq })
    const told = [...second.hooks, ...third.hooks]
    expect(told).toEqual([1501, 1502].map(seq => ['beta', 'demo', [{ ...notice, seq }]]))
  })

  test('that cannot be written down is told all the same', () => {
    const { remote, hooks, store } = open()
    remote.told('beta', theirs())
    store.db.exec('DROP TABLE mesh_notices')
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
    remote.sweep({ runMs: 600_000, closedMs: 86_400_000 })
    expect(heard.at(-1)).toEqual(['run', 'removed'])
    expect(remote.list()).toHaveLength(2)
    remote.sweep({ runMs: 600_000, closedMs: 600_000 })
    expect(remote.list().map(({ title }) => title)).toEqual(['live'])
    store.close()
    expect(open({ dir }).remote.list()).toHaveLength(1)
  })
})
