import { expect } from 'vitest'
import { sees, type TestMesh } from '../../support/mesh.ts'
import { isAlive } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { Follower } from './follower.ts'
import { agreeOnSessions, freeze, mailed, thaw } from './stages.ts'

const LAST = 300
export const COUNTING = `i=0; while [ $((i += 1)) -le ${LAST} ]; do echo "n $i"; sleep 0.005; done`
export const NUMBERS = Array.from({ length: LAST }, (_, index) => index + 1)

/** Whom a `kill -9` hits: of the computer that watches, and the one where the session runs. */
export const VICTIMS = {
  'the origin': ['origin'],
  'the target': ['target'],
  both: ['origin', 'target'],
} as const
export type Victims = keyof typeof VICTIMS

/** When it hits, and what is to come of it. */
export const MOMENTS = {
  'before a watch is answered: it begins when all are back, and misses nothing': killBeforeAnswer,
  'twice while it follows: it goes on from its cursor, and every number comes once': killTwice,
  'while the session ends: all of it is read, and its end': killAtEnd,
} as const
export type Moment = keyof typeof MOMENTS

/** Kills daemons of that mesh of `origin` and `target` at that moment, and checks that every number is read once. */
export async function killWatch(mesh: TestMesh, victims: Victims, moment: Moment): Promise<void> {
  await MOMENTS[moment](mesh, VICTIMS[victims])
}

export async function kill(mesh: TestMesh, names: readonly string[]): Promise<void> {
  await Promise.all(names.map(name => mesh.daemon(name).kill('SIGKILL')))
}

/** Settles when the origin sees the target again. */
export async function restart(mesh: TestMesh, names: readonly string[]): Promise<void> {
  await Promise.all(names.map(name => mesh.daemon(name).start()))
  await sees(mesh.daemon('origin'), 'target')
}

async function killBeforeAnswer(mesh: TestMesh, names: readonly string[]): Promise<void> {
  const target = mesh.daemon('target')
  const { id } = await counting(mesh)
  const follower = new Follower(mesh.daemon('origin'), id)
  await freeze(target)
  const { posted } = await mailed(mesh.redis, 'target', () => follower.follow())
  await kill(mesh, names)
  if (!names.includes('target')) thaw(target)
  await restart(mesh, names)
  await expectAll(mesh, follower, posted)
}

async function killTwice(mesh: TestMesh, names: readonly string[]): Promise<void> {
  const { id } = await counting(mesh)
  const follower = new Follower(mesh.daemon('origin'), id)
  const ended = follower.follow()
  for (const number of [50, 150]) {
    await until(() => follower.last >= number, `number ${number}`)
    await kill(mesh, names)
    await restart(mesh, names)
  }
  await expectAll(mesh, follower, ended)
}

async function killAtEnd(mesh: TestMesh, names: readonly string[]): Promise<void> {
  const target = mesh.daemon('target')
  const { id, pid } = await counting(mesh)
  const follower = new Follower(mesh.daemon('origin'), id)
  const ended = follower.follow()
  await until(() => follower.last >= 150, 'half of the numbers')
  await kill(mesh, names)
  if (names.includes('target')) await until(() => !isAlive(pid), 'the end of the shell')
  else await until(async () => (await target.get(id)).state === 'closed', 'the end of the session')
  await restart(mesh, names)
  await expectAll(mesh, follower, ended)
}

/** A session elsewhere that counts and ends, and the process of its shell. */
async function counting(mesh: TestMesh): Promise<{ id: string; pid: number }> {
  const target = mesh.daemon('target')
  const id = await mesh.daemon('origin').session({ computer: 'target', title: 'counting' })
  const { terminal } = await target.get(id)
  // Typed there: an input from here would have the session watched already.
  await target.input(id, `${COUNTING}; exit 3`)
  return { id, pid: terminal.pid ?? 0 }
}

/** Every number was read once, and the end is known to all. */
async function expectAll(mesh: TestMesh, follower: Follower, ended: Promise<unknown>): Promise<void> {
  expect(await ended).toMatchObject({ state: 'closed', at_end: true })
  expect(follower.numbers).toEqual(NUMBERS)
  const sessions = await agreeOnSessions(mesh.daemon('origin'), mesh.daemon('target'))
  expect(sessions.find(({ id }) => id === follower.session)).toMatchObject({ state: 'closed', exitCode: 3 })
}
