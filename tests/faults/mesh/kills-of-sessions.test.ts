import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sees, TestMesh } from '../../support/mesh.ts'
import { isAlive } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { type Brought, KILL_CASES, type KillStage } from './kill-cases.ts'
import {
  agreeOnSessions,
  backAgain,
  freeze,
  mailed,
  outcomeOf,
  reached,
  STAGED,
  stopAt,
  thaw,
} from './stages.ts'

const mesh = TestMesh.forFile(['origin', 'target'], STAGED)
const origin = () => mesh().daemon('origin')
const target = () => mesh().daemon('target')

let titles = 0
const newTitle = () => `title-${++titles}`

const start = (title = newTitle()) => origin().session({ computer: 'target', title })

const restart = (names: readonly string[]) => backAgain(mesh(), names)

describe('kill -9 while a session is started: both computers tell the same of it', () => {
  const stages: Record<KillStage, (title: string) => Promise<Brought>> = {
    async 'before it is taken'(title) {
      await freeze(target())
      const { posted } = await mailed(mesh().redis, 'target', () => outcomeOf(start(title)))
      return { outcome: posted, goOn: () => thaw(target()) }
    },
    'while it runs': title => held('create', title, () => start(title)),
    'after its effect and before its answer': title =>
      held('after', title, () => origin().call('stages.start', { computer: 'target', title })),
    'after the answer': async title => ({
      outcome: Promise.resolve(await outcomeOf(start(title))),
      goOn() {},
    }),
  }
  async function held(stage: string, title: string, ask: () => Promise<unknown>) {
    const stop = stopAt(target(), stage, title)
    const outcome = outcomeOf(ask())
    await reached(target(), stage, title)
    return { outcome, goOn: stop.letGo }
  }
  test.each(KILL_CASES)('$stage, $whom', async ({ stage, names, told, count }) => {
    const title = newTitle()
    const { outcome, goOn } = await stages[stage](title)
    await Promise.all(names.map(name => mesh().daemon(name).kill('SIGKILL')))
    if (!names.includes('target')) goOn()
    await restart(names)
    expect(await outcome).toBe(told)
    const live = async () =>
      (await agreeOnSessions(origin(), target())).filter(one => one.title === title && one.state === 'ready')
    if (count) await until(async () => (await live()).length === count, 'the session')
    expect(await live()).toHaveLength(count)
  })
})

describe('what became of sessions while a daemon was away is known when it is back', () => {
  const endings = [
    { how: 'killed', end: 'SIGKILL' },
    { how: 'stopped', end: 'SIGTERM' },
  ] as const

  test.each(endings)('where they were started from, $how', async ({ end }) => {
    const [closed, renamed, exited, resized, untouched] = [
      ...[await start(), await start(), await start(), await start(), await start()],
    ]
    await origin().kill(end)
    if (end === 'SIGTERM') await sees(target(), 'origin', 'offline')
    await target().call('session.close', { session_id: closed })
    await target().call('session.rename', { session_id: renamed, title: newTitle() })
    await target().send(exited ?? '', 'exit 7')
    await target().call('session.resize', { session_id: resized, cols: 91, rows: 31 })
    await restart(['origin'])
    const sessions = await agreeOnSessions(origin(), target())
    const one = (id?: string) => sessions.find(session => session.id === id)
    expect(one(closed)).toMatchObject({ state: 'closed' })
    expect(one(renamed)).toMatchObject({ title: `title-${titles}`, state: 'ready' })
    expect(one(exited)).toMatchObject({ state: 'closed', exitCode: 7 })
    expect(one(resized)).toMatchObject({ terminal: { cols: 91, rows: 31 } })
    expect(one(untouched)).toMatchObject({ state: 'ready' })
    expect((await origin().send(untouched ?? '', 'echo on')).output).toBe('on\n')
  })

  test.each([...endings, { how: 'killed together with the other', end: null }])(
    'where they run, $how',
    async ({ end }) => {
      const [exits, stays] = [await start(), await start()]
      const { terminal } = await target().get(exits)
      await origin().input(exits, 'while [ ! -e ~/go ]; do sleep 0.01; done; rm ~/go; exit 7')
      await until(async () => (await target().get(exits)).state === 'busy', 'the command')
      const names = end === null ? ['origin', 'target'] : ['target']
      await Promise.all(
        names.map(name =>
          mesh()
            .daemon(name)
            .kill(end ?? 'SIGKILL'),
        ),
      )
      writeFileSync(join(target().home, 'go'), '')
      await until(() => !isAlive(terminal.pid ?? 0), 'the end of the shell')
      await restart(names)
      const sessions = await agreeOnSessions(origin(), target())
      expect(sessions.find(({ id }) => id === exits)).toMatchObject({ state: 'closed', exitCode: 7 })
      expect(sessions.find(({ id }) => id === stays)).toMatchObject({ state: 'ready' })
      expect((await origin().send(stays, 'echo on')).output).toBe('on\n')
    },
  )
})
