import { describe, expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { type Ask, ended, ID, idOf, notFound, open, theirs } from './sessions-elsewhere.ts'

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
