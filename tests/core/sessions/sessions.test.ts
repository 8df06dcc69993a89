import { describe, expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { Inbound } from '../../../core/host/hooks.ts'
import { end, PROMPT, START, scriptedCore, user } from '../../support/scripted-core.ts'
import { tempDir } from '../../support/temp-dir.ts'

const author = { principal: user, surface: 'test' }
const text = (line: string) => ({ type: 'text', text: line, submit: true }) as const

describe('starting', () => {
  test('a session has its title as given and a topic name made from it', async () => {
    const core = scriptedCore()
    const started = await core.call('session.start', { title: 'fix the build' })
    expect(started).toMatchObject({
      computer: 'alpha',
      status: 'ready',
      topic_name: '$alpha - fix the build',
    })
    expect(core.core.sessions.get(String(started.session_id))).toMatchObject({
      title: 'fix the build',
      state: 'ready',
    })
  })

  test('a terminal that does not start leaves nothing behind', async () => {
    const core = scriptedCore()
    core.refuseStart = new TeleclaudeError('TC_ERR_CWD', 'no such folder')
    const undone: string[] = []
    core.hooks.onSessionCreate(() => () => void undone.push('undone'))
    await expect(core.start()).rejects.toMatchObject({ code: 'TC_ERR_CWD' })
    expect(core.core.sessions.list()).toEqual([])
    expect(undone).toEqual(['undone'])
  })

  test('a plugin can veto it', async () => {
    const core = scriptedCore()
    core.hooks.onSessionCreate(() => {
      throw new Error('not today')
    })
    await expect(core.start()).rejects.toThrow('not today')
    expect(core.core.sessions.list()).toEqual([])
  })

  test('a working directory must be absolute', async () => {
    await expect(scriptedCore().call('session.start', { title: 't', cwd: 'here' })).rejects.toMatchObject({
      code: 'TC_ERR_CWD',
    })
  })

  test('a kind that no plugin brings is refused', async () => {
    await expect(scriptedCore().call('session.start', { title: 't', kind: 'oracle' })).rejects.toMatchObject({
      code: 'TC_ERR_KIND_UNKNOWN',
    })
  })
})

test('the state follows the marks', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const state = () => core.core.sessions.get(session.id).state
  await core.print(session, PROMPT)
  expect(state()).toBe('ready')
  await core.print(session, START)
  expect(state()).toBe('busy')
  await core.print(session, end(0))
  expect(state()).toBe('busy')
  await core.print(session, PROMPT)
  expect(state()).toBe('ready')
})

describe('typing', () => {
  test('is recorded with its author, and as text only where it is a command', async () => {
    const core = scriptedCore()
    const session = await core.start()
    await core.core.sessions.input(session.id, text('ls'), author)
    core.atPrompt = false
    await core.core.sessions.input(session.id, text('hunter2'), author)
    const { entries } = core.journal.read(session.id, '0' as never)
    expect(entries.filter(entry => entry.kind === 'input')).toMatchObject([
      { author: 'test user:ada', length: 2, text: 'ls' },
      { author: 'test user:ada', length: 7 },
    ])
    expect(JSON.stringify(entries)).not.toContain('hunter2')
  })

  test('returns the cursor from before it, so that nothing of its effect can be missed', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const before = core.journal.cursor(session.id)
    expect(await core.core.sessions.input(session.id, text('ls'), author)).toEqual({
      cursor: before,
      atPrompt: true,
    })
  })

  test('right after Ctrl-C goes to the prompt that comes of it', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sessions } = core.core
    await core.print(session, PROMPT, START)
    await sessions.input(session.id, { type: 'keys', keys: ['ctrl-c'] }, author)
    const typed = sessions.input(session.id, text('next'), author)
    await core.print(session, end(130))
    expect(core.typed).toHaveLength(1)
    await core.print(session, PROMPT)
    const { cursor } = await typed
    expect(core.journal.read(session.id, cursor).entries).toMatchObject([{ kind: 'input', text: 'next' }])
  })

  test('after keys that end nothing waits a moment, and no longer', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sessions } = core.core
    await core.print(session, PROMPT, START)
    await sessions.input(session.id, { type: 'keys', keys: ['ctrl-c'] }, author)
    const typed = sessions.input(session.id, text('next'), author)
    await core.clock.advance(300)
    await typed
    await sessions.input(session.id, text('later'), author)
    expect(core.typed.slice(1)).toEqual([text('next'), text('later')])
  })

  test('can be rewritten by a plugin', async () => {
    const core = scriptedCore()
    const session = await core.start()
    core.hooks.onInbound((inbound: Inbound) => ({ ...inbound, text: inbound.text.toUpperCase() }))
    await core.core.sessions.input(session.id, text('ls'), author)
    expect(core.typed).toEqual([text('LS')])
  })

  test('can be refused, and then is neither typed nor recorded', async () => {
    const core = scriptedCore()
    const session = await core.start()
    core.hooks.onInbound((inbound: Inbound) => ({
      ...inbound,
      verdict: { type: 'reject', reason: 'not you' },
    }))
    const head = core.journal.head(session.id)
    await expect(core.core.sessions.input(session.id, text('ls'), author)).rejects.toMatchObject({
      code: 'TC_ERR_INPUT_REJECTED',
      message: expect.stringContaining('not you'),
    })
    expect([core.typed, core.journal.head(session.id)]).toEqual([[], head])
  })

  test('into one session happens in the order it was asked for', async () => {
    const core = scriptedCore()
    const session = await core.start()
    let isFirst = true
    core.hooks.onInbound(async () => {
      if (isFirst) await new Promise(resolve => setImmediate(resolve))
      isFirst = false
      return undefined
    })
    await Promise.all(['1', '2', '3'].map(line => core.core.sessions.input(session.id, text(line), author)))
    expect(core.typed).toEqual(['1', '2', '3'].map(text))
  })
})

describe('ending', () => {
  test('closing ends the terminal, says why, and closing again changes nothing', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const closed = await core.core.sessions.close(session.id, 'enough')
    expect(closed).toMatchObject({ state: 'closed', closeReason: 'enough', closedAt: core.clock.now() })
    await core.clock.advance(1000)
    expect(await core.core.sessions.close(session.id, 'again')).toEqual(closed)
  })

  test('a program that ends by itself says with which code', async () => {
    const core = scriptedCore()
    const session = await core.start()
    await core.exit(session, 3)
    expect(core.core.sessions.get(session.id)).toMatchObject({
      state: 'closed',
      exitCode: 3,
      closeReason: 'exited with code 3',
    })
  })

  test('what has ended is not typed into', async () => {
    const core = scriptedCore()
    const session = await core.start()
    await core.exit(session, 0)
    await expect(core.core.sessions.input(session.id, text('x'), author)).rejects.toMatchObject({
      code: 'TC_ERR_SESSION_CLOSED',
    })
    await expect(core.core.sessions.resize(session.id, 80, 24)).rejects.toMatchObject({
      code: 'TC_ERR_SESSION_CLOSED',
    })
  })

  test('plugins are told once', async () => {
    const core = scriptedCore()
    const told: string[] = []
    core.hooks.onSessionClose(session => void told.push(session.closeReason ?? ''))
    const session = await core.start()
    await core.exit(session, 0)
    await core.exit(session, 0)
    expect(told).toEqual(['exited with code 0'])
  })

  test('one-shot runs are forgotten after their time, other sessions later, live ones never', async () => {
    const core = scriptedCore()
    const live = await core.start('live')
    const closed = await core.start('closed')
    const run = await core.core.sessions.start({
      title: 'run',
      kind: 'run',
      command: 'x',
      originAdapter: 'test',
    })
    await core.exit(closed, 0)
    await core.exit(run, 0)
    const titles = () => core.core.sessions.list().map(session => session.title)
    await core.clock.advance(600_000)
    core.core.sweep({ runMs: 600_000, closedMs: 3_600_000 })
    expect(titles()).toEqual(['closed', 'live'])
    await core.clock.advance(3_000_000)
    core.core.sweep({ runMs: 600_000, closedMs: 3_600_000 })
    expect(titles()).toEqual([live.title])
  })
})

test('renaming and resizing are recorded and told', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const changes: unknown[] = []
  core.hooks.onSessionUpdate((_, change) => void changes.push(change))
  await core.core.sessions.rename(session.id, { title: 'new' })
  await core.core.sessions.resize(session.id, 100, 30)
  expect(core.core.sessions.get(session.id)).toMatchObject({
    title: 'new',
    terminal: { cols: 100, rows: 30 },
  })
  expect(changes).toMatchObject([{ title: 'new' }, { terminal: { cols: 100 } }])
})

test('what ran when the daemon was killed still runs after the restart', async () => {
  const dir = tempDir()
  const killed = scriptedCore(dir)
  const session = await killed.start()
  await killed.print(session, PROMPT, START)
  killed.crash()
  const core = scriptedCore(dir)
  expect(core.core.sessions.get(session.id).state).toBe('busy')
  await core.print(session, end(0), PROMPT)
  expect(core.core.sessions.get(session.id).state).toBe('ready')
})

test('sessions are there again after a restart', async () => {
  const dir = tempDir()
  const first = scriptedCore(dir)
  const session = await first.start('to stay')
  await first.core.sessions.rename(session.id, { description: 'about' })
  first.stop()
  const second = scriptedCore(dir)
  expect(second.core.sessions.get(session.id)).toMatchObject({ title: 'to stay', description: 'about' })
  expect(second.core.sink.live().map(one => one.id)).toEqual([session.id])
})

test('the journal ends at a prompt until something is typed at it', async () => {
  const core = scriptedCore()
  const session = await core.start()
  expect(core.core.sink.isAtPrompt(session.id)).toBe(false)
  await core.print(session, '$ ', PROMPT)
  expect(core.core.sink.isAtPrompt(session.id)).toBe(true)
  await core.core.sessions.input(session.id, text('ls'), author)
  expect(core.core.sink.isAtPrompt(session.id)).toBe(false)
  await core.print(session, START, end(0), PROMPT)
  expect(core.core.sink.isAtPrompt(session.id)).toBe(true)
})
