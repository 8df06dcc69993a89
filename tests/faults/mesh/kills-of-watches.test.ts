import { describe, expect, test } from 'vitest'
import { sees, TestMesh } from '../../support/mesh.ts'
import { isAlive } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { Follower } from './follower.ts'
import { agreeOnSessions, freeze, mailed, outcomeOf, STAGED, thaw } from './stages.ts'

const mesh = TestMesh.forFile(['origin', 'target'], STAGED)
const origin = () => mesh().daemon('origin')
const target = () => mesh().daemon('target')

const LAST = 300
const COUNTING = `i=0; while [ $((i += 1)) -le ${LAST} ]; do echo "n $i"; sleep 0.005; done`
const NUMBERS = Array.from({ length: LAST }, (_, index) => index + 1)

const victims = { 'the origin': ['origin'], 'the target': ['target'], both: ['origin', 'target'] }
const cases = Object.entries(victims).map(([whom, names]) => ({ whom, names }))

const kill = (names: readonly string[]) => Promise.all(names.map(name => mesh().daemon(name).kill('SIGKILL')))

async function restart(names: readonly string[]): Promise<void> {
  await Promise.all(names.map(name => mesh().daemon(name).start()))
  await sees(origin(), 'target')
}

/** A session elsewhere that counts and ends, and the process of its shell. */
async function counting(): Promise<{ id: string; pid: number }> {
  const id = await origin().session({ computer: 'target', title: 'counting' })
  const { terminal } = await target().get(id)
  // Typed there: an input from here would have the session watched already.
  await target().input(id, `${COUNTING}; exit 3`)
  return { id, pid: terminal.pid ?? 0 }
}

describe.each(cases)('kill -9 of $whom', ({ names }) => {
  /** Every number was read once, and the end is known to all. */
  const expectAll = async (follower: Follower, ended: Promise<unknown>) => {
    expect(await ended).toMatchObject({ state: 'closed', at_end: true })
    expect(follower.numbers).toEqual(NUMBERS)
    const sessions = await agreeOnSessions(origin(), target())
    expect(sessions.find(({ id }) => id === follower.session)).toMatchObject({ state: 'closed', exitCode: 3 })
  }

  test('before a watch is answered: it begins when all are back, and misses nothing', async () => {
    const { id } = await counting()
    const follower = new Follower(origin(), id)
    await freeze(target())
    const { posted } = await mailed(mesh().redis, 'target', () => follower.follow())
    await kill(names)
    if (!names.includes('target')) thaw(target())
    await restart(names)
    await expectAll(follower, posted)
  })

  test('twice while it follows: it goes on from its cursor, and every number comes once', async () => {
    const { id } = await counting()
    const follower = new Follower(origin(), id)
    const ended = follower.follow()
    for (const number of [50, 150]) {
      await until(() => follower.last >= number, `number ${number}`)
      await kill(names)
      await restart(names)
    }
    await expectAll(follower, ended)
  })

  test('while the session ends: all of it is read, and its end', async () => {
    const { id, pid } = await counting()
    const follower = new Follower(origin(), id)
    const ended = follower.follow()
    await until(() => follower.last >= 150, 'half of the numbers')
    await kill(names)
    if (names.includes('target')) await until(() => !isAlive(pid), 'the end of the shell')
    else await until(async () => (await target().get(id)).state === 'closed', 'the end of the session')
    await restart(names)
    await expectAll(follower, ended)
  })
})

test('what waits for the end of a command elsewhere outlives kills of the daemon there', async () => {
  const id = await origin().session({ computer: 'target', title: 'sending' })
  const sent = origin().send(id, `${COUNTING}; (exit 5)`)
  const ran = origin().call('session.run', { computer: 'target', command: `${COUNTING}; exit 6` })
  const output = NUMBERS.map(number => `n ${number}\n`).join('')
  for (const number of [50, 150]) {
    await until(async () => (await target().read(id)).output.includes(`n ${number}\n`), `number ${number}`)
    await kill(['target'])
    await restart(['target'])
  }
  expect(await sent).toMatchObject({ output, exit_code: 5, completed_by: 'mark', complete: true })
  expect(await ran).toMatchObject({ output, exit_code: 6, completed_by: 'exit', complete: true })
})

test('what waits there for the daemon that is killed is told so, and reads on from its cursor', async () => {
  const id = await origin().session({ computer: 'target', title: 'sending' })
  const { cursor } = await origin().read(id)
  const sent = outcomeOf(origin().send(id, COUNTING))
  await until(async () => (await target().read(id)).output.includes('n 50\n'), 'number 50')
  await kill(['origin'])
  expect(await sent).toBe('TC_ERR_NOT_RUNNING')
  await restart(['origin'])
  await until(async () => (await target().get(id)).state === 'ready', 'the end of the command')
  const { output } = await origin().readAll(id, { since: cursor })
  expect([...output.matchAll(/^n (\d+)$/gm)].map(([, number]) => Number(number))).toEqual(NUMBERS)
})
