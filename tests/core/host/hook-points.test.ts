import { describe, expect, it } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { createHookPoints } from '../../../core/host/hook-points.ts'
import type { Heartbeat, Inbound } from '../../../core/host/hooks.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { until } from '../../support/until.ts'

const session = sampleSession()
const never = () => new Promise<never>(() => {})

function setUp() {
  const clock = new FakeClock()
  const points = createHookPoints({ clock, log: capturedLog().log })
  return { clock, points, one: points.forPlugin('one'), two: points.forPlugin('two') }
}

function inbound(text = 'ls'): Inbound {
  const principal = { kind: 'user', name: 'ada', scopes: '*' } as const
  return { text, raw: false, principal, surface: 'cli', verdict: { type: 'accept' } }
}

describe('onSessionCreate', () => {
  it('runs the taps one after the other and keeps their undo steps for later', async () => {
    const { points, one, two } = setUp()
    const calls: string[] = []
    one.hooks.onSessionCreate(async () => {
      calls.push('one')
      return () => void calls.push('undo one')
    })
    two.hooks.onSessionCreate(() => void calls.push('two'))
    const bringUp = await points.sessionCreate(session)
    expect(calls).toEqual(['one', 'two'])
    await bringUp.undo()
    expect(calls).toEqual(['one', 'two', 'undo one'])
  })

  it('undoes what was done, newest first, when a tap refuses, and blames it', async () => {
    const { points, one, two } = setUp()
    const calls: string[] = []
    one.hooks.onSessionCreate(() => () => void calls.push('first'))
    one.hooks.onSessionCreate(() => () => {
      calls.push('second')
      throw new Error('stuck')
    })
    two.hooks.onSessionCreate(() => {
      throw new Error('no more sessions today')
    })
    const refusal = await points.sessionCreate(session).catch(error => error)
    expect(refusal).toMatchObject({ code: 'TC_ERR_HOOK_FAILED', plugin: 'two', hook: 'onSessionCreate' })
    expect(refusal.message).toContain('no more sessions today')
    expect(calls).toEqual(['second', 'first'])
  })

  it('keeps the code that a plugin refuses with', async () => {
    const { points, one } = setUp()
    one.hooks.onSessionCreate(() => {
      throw new TeleclaudeError('TC_ERR_SESSION_LIMIT', 'enough')
    })
    const refusal = points.sessionCreate(session)
    await expect(refusal).rejects.toMatchObject({
      code: 'TC_ERR_SESSION_LIMIT',
      plugin: 'one',
      retryable: true,
    })
    expect(points.problems()).toEqual([])
  })

  it('undoes what came too late for one session, and not what another has meanwhile', async () => {
    const { clock, points, one } = setUp()
    const late = Promise.withResolvers<void>()
    const undone: string[] = []
    one.hooks.onSessionCreate(async ({ title }) => {
      if (title === 'slow') await late.promise
      return () => void undone.push(title)
    })
    const refusal = points.sessionCreate({ ...session, title: 'slow' }).catch(error => error)
    await clock.advance(5000)
    await points.sessionCreate({ ...session, title: 'quick' })
    await clock.advance(5000)
    expect(await refusal).toMatchObject({ code: 'TC_ERR_HOOK_TIMEOUT' })
    late.resolve()
    await until(() => undone.length > 0, 'what came late to be undone')
    expect(undone).toEqual(['slow'])
  })

  it('gives up on a tap after 10 s and undoes what it brings up later', async () => {
    const { clock, points, one } = setUp()
    const late = Promise.withResolvers<() => void>()
    let isUndone = false
    one.hooks.onSessionCreate(() => late.promise)
    const refusal = points.sessionCreate(session).catch(error => error)
    await clock.advance(10_000)
    expect(await refusal).toMatchObject({
      plugin: 'one',
      hook: 'onSessionCreate',
      code: 'TC_ERR_HOOK_TIMEOUT',
    })
    late.resolve(() => {
      isUndone = true
    })
    await clock.advance(0)
    expect(isUndone).toBe(true)
  })
})

describe('onInbound', () => {
  it('passes the text through the taps in order', async () => {
    const { points, one, two } = setUp()
    one.hooks.onInbound(({ text }) => ({ text: `${text} -l` }))
    two.hooks.onInbound(async ({ text }) => ({ text: `${text} -a` }))
    expect(await points.inbound(inbound(), session)).toMatchObject({
      text: 'ls -l -a',
      verdict: { type: 'accept' },
    })
  })

  it('cannot be used to change who asks', async () => {
    const { points, one } = setUp()
    const peer = { kind: 'peer', computer: 'beta', scopes: '*' }
    one.hooks.onInbound(asked => void Object.assign(asked, { principal: peer, text: 'rm' }))
    one.hooks.onInbound(() => ({ principal: peer, raw: true }) as object)
    expect(await points.inbound(inbound(), session)).toEqual(inbound())
  })

  it('rejects for good: a later tap is not asked', async () => {
    const { points, one, two } = setUp()
    one.hooks.onInbound(() => ({ verdict: { type: 'reject', reason: 'quiet hours' } }))
    two.hooks.onInbound(() => ({ verdict: { type: 'accept' } }))
    const { verdict } = await points.inbound(inbound(), session)
    expect(verdict).toEqual({ type: 'reject', reason: 'quiet hours' })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('boom')
      },
    ],
    ['returns null', () => null],
    ['returns text that is none', () => ({ text: 7 })],
    ['returns a verdict that is none', () => ({ verdict: { type: 'maybe' } })],
  ])('fails closed when a tap %s', async (_, tap) => {
    const { points, one } = setUp()
    one.hooks.onInbound(tap as never)
    const { verdict } = await points.inbound(inbound(), session)
    expect(verdict).toMatchObject({ type: 'reject', reason: expect.stringMatching(/'one'.*onInbound/) })
    expect(points.problems()).toMatchObject([{ plugin: 'one', hook: 'onInbound', count: 1 }])
  })

  it('fails closed when a tap says nothing for 2 s', async () => {
    const { clock, points, one } = setUp()
    one.hooks.onInbound(never)
    const decided = points.inbound(inbound(), session)
    await clock.advance(2_000)
    expect((await decided).verdict).toMatchObject({
      reason: "plugin 'one' failed in onInbound: no answer within 2 s",
    })
  })
})

describe('observers', () => {
  it('are all told, even if an earlier one throws at once', async () => {
    const { points, one, two } = setUp()
    const told: string[] = []
    one.hooks.onSessionUpdate(() => {
      throw new Error('boom')
    })
    two.hooks.onSessionUpdate((_, change) => void told.push(String(change.title)))
    await points.sessionUpdate(session, { title: 'new' })
    await points.sessionUpdate(session, { title: 'newer' })
    expect(told).toEqual(['new', 'newer'])
    expect(points.problems()).toMatchObject([{ plugin: 'one', hook: 'onSessionUpdate', count: 2 }])
  })

  it('hold nobody up for more than 5 s', async () => {
    const { clock, points, one } = setUp()
    one.hooks.onSessionClose(never)
    const told = points.sessionClose(session)
    await clock.advance(5_000)
    await told
    expect(points.problems()).toMatchObject([{ plugin: 'one', hook: 'onSessionClose' }])
  })

  it('hear nothing once their plugin has ended', async () => {
    const { points, one } = setUp()
    let calls = 0
    one.hooks.onSessionClose(() => void calls++)
    one.hooks.onInbound(() => ({ verdict: { type: 'reject', reason: 'gone' } }))
    one.end()
    await points.sessionClose(session)
    expect(calls).toBe(0)
    expect((await points.inbound(inbound(), session)).verdict.type).toBe('accept')
  })
})

describe('onHeartbeat', () => {
  const beat = (): Heartbeat => ({ computer: 'alpha', at: 0, facts: {} })

  it('gathers what each plugin adds, and nothing of one that fails', async () => {
    const { points, one, two } = setUp()
    one.hooks.onHeartbeat(({ facts }) => {
      facts.half = true
      throw new Error('no load')
    })
    two.hooks.onHeartbeat(async ({ facts }) => {
      facts.bot_username = 'ada_bot'
    })
    const gathered = beat()
    await points.heartbeat(gathered)
    expect(gathered.facts).toEqual({ bot_username: 'ada_bot' })
    expect(points.problems()).toMatchObject([{ plugin: 'one', hook: 'onHeartbeat' }])
  })

  it('does not ask a tap again that is still busy, and shows it as down until it works', async () => {
    const { clock, points, one } = setUp()
    let answer = Promise.withResolvers<void>()
    let calls = 0
    one.hooks.onHeartbeat(() => {
      calls++
      return answer.promise
    })
    const first = points.heartbeat(beat())
    await clock.advance(10_000)
    await first
    await points.heartbeat(beat())
    expect(calls).toBe(1)
    expect(points.problems()).toHaveLength(1)
    answer.resolve()
    answer = Promise.withResolvers()
    answer.resolve()
    await clock.advance(0)
    await points.heartbeat(beat())
    expect(calls).toBe(2)
    expect(points.problems()).toEqual([])
  })
})
