import { describe, expect, onTestFinished, test } from 'vitest'
import type { TestDaemon } from '../../support/daemon.ts'
import { TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'
import { type Brought, ENDED, KILL_CASES, type KillStage, UNKNOWN } from './kill-cases.ts'
import {
  agreeOnSessions,
  backAgain,
  dieAt,
  effectsOf,
  freeze,
  gone,
  leaving,
  mailed,
  outcomeOf,
  reached,
  STAGED,
  stopAt,
  thaw,
  times,
} from './stages.ts'

const mesh = TestMesh.forFile(['origin', 'target', 'third'], STAGED)
const origin = () => mesh().daemon('origin')
const target = () => mesh().daemon('target')
const third = () => mesh().daemon('third')

let lines = 0
const newLine = () => `line-${++lines}`

const type = (daemon: TestDaemon, session_id: string, text: string, operation = 'stages.type') =>
  daemon.call<{ output: string }>(operation, { session_id, text })

const sessionOf = (daemon: TestDaemon) => daemon.session({ computer: 'target', title: newLine() })

const restart = (...names: readonly string[]) => backAgain(mesh(), names)

/** Bring a request to the stage of their name. */
const stages: Record<KillStage, (id: string, text: string) => Promise<Brought>> = {
  async 'before it is taken'(id, text) {
    await freeze(target())
    const { posted } = await mailed(mesh().redis, 'target', () => outcomeOf(type(origin(), id, text)))
    return { outcome: posted, goOn: () => thaw(target()) }
  },
  'while it runs': (id, text) => held('before', id, text),
  'after its effect and before its answer': (id, text) => held('after', id, text),
  async 'after the answer'(id, text) {
    const outcome = outcomeOf(type(origin(), id, text))
    await outcome
    return { outcome, goOn() {} }
  },
}

async function held(stage: string, id: string, text: string): Promise<Brought> {
  const stop = stopAt(target(), stage, text)
  const outcome = outcomeOf(type(origin(), id, text))
  await reached(target(), stage, text)
  return { outcome, goOn: stop.letGo }
}

describe.each(KILL_CASES)('kill -9 of $whom, $stage of a request', ({ stage, names, told, count }) => {
  test('it is done once at most, its caller learns the truth, and everything else is served', async () => {
    const line = newLine()
    const id = await sessionOf(origin())
    const other = await sessionOf(third())
    const behind = Array.from({ length: 3 }, newLine)
    const { outcome, goOn } = await stages[stage](id, leaving(line))
    await Promise.all(names.map(name => mesh().daemon(name).kill('SIGKILL')))
    const served = behind.map(one => outcomeOf(type(third(), other, leaving(one))))
    if (!names.includes('target')) goOn()
    await restart(...names)
    expect(await outcome).toBe(told)
    expect(await Promise.all(served)).toEqual(['done', 'done', 'done'])
    if (count) await until(() => effectsOf(target(), line) > 0, 'its effect')

    // What is asked later is done later, so the request has been done as often as it ever will be.
    expect(await outcomeOf(type(origin(), id, leaving(`last-${line}`)))).toBe('done')
    for (const one of [...behind, `last-${line}`]) await expectDone(one)
    expect(effectsOf(target(), line)).toBe(count)
    expect(times(target(), 'before', leaving(line))).toBeLessThanOrEqual(1)
    await agreeOnSessions(origin(), target())
  })
})

describe('an answer', () => {
  test('that was written down before the target was killed, and not sent, is sent when it is back', async () => {
    const { redis } = mesh()
    const line = newLine()
    const { outcome, goOn } = await held('after', await sessionOf(origin()), leaving(line))
    await redis.pause()
    onTestFinished(() => redis.resume())
    goOn()
    await until(async () => (await target().status()).mesh?.counts.answers_on_the_way === 1, 'the answer')
    await target().kill('SIGKILL')
    redis.resume()
    await restart('target')
    expect(await outcome).toBe('done')
    expect(effectsOf(target(), line)).toBe(1)
  })

  test('that comes to an origin that was killed and is back is counted, and nobody is told', async () => {
    const line = newLine()
    const id = await sessionOf(origin())
    const { outcome, goOn } = await held('after', id, leaving(line))
    await freeze(origin())
    await mailed(mesh().redis, 'origin', goOn)
    await origin().kill('SIGKILL')
    expect(await outcome).toBe(ENDED)
    await restart('origin')
    // Of those before it some may be read again, and be late too.
    await until(
      async () => ((await origin().status()).mesh?.counts.requests_late ?? 0) > 0,
      'the late answer',
    )
    expect(await outcomeOf(type(origin(), id, 'true'))).toBe('done')
    expect(effectsOf(target(), line)).toBe(1)
  })
})

describe('what crashes the daemon that does it', () => {
  const crashes = [
    { what: 'an operation of a plugin', stage: 'before', operation: 'stages.type', effects: 0 },
    { what: 'an operation that had done its work', stage: 'after', operation: 'stages.type', effects: 1 },
    { what: 'a hook', stage: 'inbound', operation: 'session.input', effects: 0 },
  ]
  test.each(crashes)('$what: not done again, its caller told, everything behind it served', async one => {
    const line = newLine()
    const id = await sessionOf(origin())
    const behind = Array.from({ length: 6 }, newLine)
    const askers = behind.map((_, at) => (at % 2 ? origin() : third()))
    // Shared, so that each is typed behind others, by daemons that are killed meanwhile.
    const others = await Promise.all([sessionOf(origin()), sessionOf(third())])
    const command = leaving(line)
    dieAt(target(), one.stage, command)
    await freeze(target())
    const { posted } = await mailed(mesh().redis, 'target', () =>
      outcomeOf(origin().call(one.operation, { session_id: id, text: command })),
    )
    const served = askers.map((asker, at) =>
      outcomeOf(type(asker, others[(at + 1) % 2] ?? '', leaving(behind[at] ?? ''))),
    )
    thaw(target())
    await gone(target())
    await restart('target')
    expect(await posted).toBe(UNKNOWN)
    for (const [at, outcome] of (await Promise.all(served)).entries())
      await expectTruth(behind[at] ?? '', outcome)
    expect(await outcomeOf(type(origin(), id, leaving(`last-${line}`)))).toBe('done')
    expect(times(target(), one.stage, command)).toBe(1)
    expect(effectsOf(target(), line)).toBe(one.effects)
  })

  test('a start of a session: not done again, and nothing of it is left', async () => {
    const title = newLine()
    dieAt(target(), 'create', title)
    const outcome = outcomeOf(origin().session({ computer: 'target', title }))
    await gone(target())
    await restart('target')
    expect(await outcome).toBe(UNKNOWN)
    expect(times(target(), 'create', title)).toBe(1)
    const sessions = await agreeOnSessions(origin(), target())
    expect(sessions.filter(session => session.title === title && session.state !== 'failed')).toEqual([])
  })

  test('what may be done twice is asked for once more, and has its result', async () => {
    const line = newLine()
    const id = await sessionOf(origin())
    dieAt(target(), 'before', leaving(line))
    const outcome = outcomeOf(type(origin(), id, leaving(line), 'stages.look'))
    await gone(target())
    await restart('target')
    expect(await outcome).toBe('done')
    expect(times(target(), 'before', leaving(line))).toBe(2)
    expect(effectsOf(target(), line)).toBe(1)
  })
})

test('the target killed again and again while many ask for much: nothing is done twice, and nobody is told wrongly', async () => {
  const callers = [origin(), third()]
  const told = new Map<string, string>()
  let isOver = false
  const ask = async (caller: TestDaemon, id: string): Promise<void> => {
    while (!isOver) {
      const line = newLine()
      told.set(line, await outcomeOf(type(caller, id, leaving(line))))
    }
  }
  const asking = Array.from({ length: 12 }, async (_, at) => {
    const caller = callers[at % callers.length] ?? origin()
    await ask(caller, await sessionOf(caller))
  })
  const done = () => [...told.values()].filter(outcome => outcome === 'done').length
  for (const count of [50, 150, 250]) {
    await until(() => done() >= count, `${count} that are done`)
    await target().kill('SIGKILL')
    await restart('target')
  }
  await until(() => done() >= 350, 'some more that are done')
  isOver = true
  await Promise.all(asking)
  for (const [line, outcome] of told) await expectTruth(line, outcome)
  // Of each that asks no more than one runs at a time.
  expect(told.size - done()).toBeLessThanOrEqual(3 * asking.length)
})

/** What was typed behind another command may have its effect after its answer. */
async function expectDone(line: string): Promise<void> {
  await until(() => effectsOf(target(), line) > 0, `the effect of ${line}`)
  expect([line, effectsOf(target(), line)]).toEqual([line, 1])
}

async function expectTruth(line: string, outcome: string): Promise<void> {
  if (outcome === 'done') await expectDone(line)
  else expect([outcome, effectsOf(target(), line) > 1]).toEqual([UNKNOWN, false])
}
