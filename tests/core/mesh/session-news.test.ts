import { describe, expect, onTestFinished, test } from 'vitest'
import { createSessionNews } from '../../../core/mesh/session-news.ts'
import type { Principal } from '../../../core/principal.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { PROMPT, type ScriptedCore, START, scriptedCore } from '../../support/scripted-core.ts'

const beta: Principal = { kind: 'peer', computer: 'beta', scopes: '*' }

function newsOf(core: ScriptedCore, since = 0) {
  const told: { computer: string; session: Session }[] = []
  const news = createSessionNews({
    self: 'alpha',
    sessions: core.core.sessions,
    since,
    tell: (computer, session) => void told.push({ computer, session }),
    clock: core.clock,
  })
  onTestFinished(() => news[Symbol.dispose]())
  return { told, news, states: () => told.map(({ session }) => session.state) }
}

async function startFromBeta(core: ScriptedCore, more: object = {}): Promise<Session> {
  const input = { title: 'theirs', ...more }
  const { session_id } = await core.call<{ session_id: string }>('session.start', input, { principal: beta })
  return core.core.sessions.get(session_id)
}

test('its origin knows a session, ready, before it has the answer to its request', async () => {
  const core = scriptedCore()
  const { told } = newsOf(core)
  let toldBefore: unknown
  await core.call('session.start', { title: 'theirs' }, { principal: beta }).then(() => {
    toldBefore = [...told]
  })
  expect(toldBefore).toEqual([
    {
      computer: 'beta',
      session: expect.objectContaining({ title: 'theirs', origin: 'beta', state: 'ready' }),
    },
  ])
})

test('nobody is told of sessions that were started here', async () => {
  const core = scriptedCore()
  const { told } = newsOf(core)
  const session = await core.start()
  await core.exit(session, 0)
  await core.clock.advance(1000)
  expect(told).toEqual([])
})

test('of many changes the latest is told, a moment later', async () => {
  const core = scriptedCore()
  const { told, states } = newsOf(core)
  const session = await startFromBeta(core)
  for (let count = 0; count < 20; count++) await core.print(session, START, PROMPT)
  await core.clock.advance(99)
  await core.call('session.rename', { session_id: session.id, title: 'renamed' })
  expect(states()).toEqual(['ready'])
  await core.clock.advance(1)
  expect(states()).toEqual(['ready', 'ready'])
  expect(told[1]?.session.title).toBe('renamed')
  await core.print(session, START)
  await core.clock.advance(100)
  expect(told[2]?.session).toMatchObject({ title: 'renamed', state: 'busy' })
})

test('an end is told at once, and nothing after it', async () => {
  const core = scriptedCore()
  const { told, states } = newsOf(core)
  const session = await startFromBeta(core)
  await core.print(session, START)
  await core.exit(session, 3)
  expect(states()).toEqual(['ready', 'closed'])
  expect(told[1]?.session).toMatchObject({ exitCode: 3 })
  await core.clock.advance(1000)
  expect(told).toHaveLength(2)
})

test('of a session that could not be started nobody hears', async () => {
  const core = scriptedCore()
  const { told } = newsOf(core)
  core.refuseStart = new Error('no terminals today')
  await expect(startFromBeta(core)).rejects.toThrow('no terminals today')
  await core.clock.advance(1000)
  expect(told).toEqual([])
})

test('what waits to be told is told when the daemon closes', async () => {
  const core = scriptedCore()
  const { news, states } = newsOf(core)
  const session = await startFromBeta(core)
  await core.print(session, START)
  news[Symbol.dispose]()
  expect(states()).toEqual(['ready', 'busy'])
  await core.clock.advance(1000)
  expect(states()).toEqual(['ready', 'busy'])
})

test('a command is told of in brief, so that its record always fits a message', async () => {
  const core = scriptedCore()
  const { told } = newsOf(core)
  await startFromBeta(core, { command: 'x'.repeat(100_000) })
  await startFromBeta(core, { command: Array.from({ length: 1000 }, () => 'y'.repeat(1000)) })
  for (const { session } of told) expect(JSON.stringify(session.command).length).toBeLessThan(2500)
  expect(told).toHaveLength(2)
})

describe('when either was away', () => {
  const gamma: Principal = { kind: 'peer', computer: 'gamma', scopes: '*' }

  test('a computer is told how all is that it has running here, and nobody else', async () => {
    const core = scriptedCore()
    const [busy, ready, ended] = [
      await startFromBeta(core),
      await startFromBeta(core),
      await startFromBeta(core),
    ]
    await core.call('session.start', { title: 'of gamma' }, { principal: gamma })
    await core.start()
    await core.exit(ended, 0)
    const { told, news } = newsOf(core, core.clock.now() + 1)
    await core.print(busy, START)
    news.tellAll('beta')
    expect(told.map(({ computer, session: { id, state } }) => [computer, id, state]).sort()).toEqual(
      [
        ['beta', busy.id, 'busy'],
        ['beta', ready.id, 'ready'],
      ].sort(),
    )
    await core.clock.advance(1000)
    expect(told).toHaveLength(2)
  })

  test('what ended before it was seen is told once, and not what an earlier daemon has told', async () => {
    const core = scriptedCore()
    const [earlier, later] = [await startFromBeta(core), await startFromBeta(core)]
    await core.exit(earlier, 0)
    await core.clock.advance(1)
    await core.exit(later, 7)
    const { told, news } = newsOf(core, core.clock.now())
    news.tellAll('gamma')
    expect(told).toEqual([])
    news.tellAll('beta')
    news.tellAll('beta')
    expect(told).toEqual([
      { computer: 'beta', session: expect.objectContaining({ id: later.id, state: 'closed', exitCode: 7 }) },
    ])
  })
})
