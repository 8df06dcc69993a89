import { expect } from 'vitest'
import type { TestDaemon } from '../../support/daemon.ts'
import { freePort } from '../../support/free-port.ts'
import type { MeshSetup, TestMesh } from '../../support/mesh.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import { NumberedLines } from './numbered-lines.ts'
import { expectLocalWork, expectRefusal, hasProblem, isWell, problemsOf } from './other-work.ts'

const [USER, PASSWORD] = ['mesh', 'the-first-password']
/** Of the keys that are loaded, each takes so many microseconds. */
const SLOW_LOADING = {
  'key-load-delay': 10_000,
  'loading-process-events-interval-bytes': 1024,
  rdbcompression: 'no',
}

/** A mesh whose Redis can be made to refuse. */
export const REFUSABLE: MeshSetup = {
  redis: { users: [`${USER} on >${PASSWORD} ~* &* +@all`], config: SLOW_LOADING },
  options: { username: USER, password: PASSWORD },
}

export interface Refusal {
  readonly what: string
  readonly problem: RegExp
  begin(redis: RedisServer): Promise<unknown>
  end(redis: RedisServer): Promise<unknown>
}

/** Each as its server says it, and how it ends. */
export const REFUSALS = [
  {
    what: 'another password',
    problem: /refuses the user or the password: correct them/,
    async begin(redis) {
      await redis.cli('ACL', 'SETUSER', USER, 'resetpass', '>another-password')
      await redis.cli('CLIENT', 'KILL', 'USER', USER)
    },
    end: redis => redis.cli('ACL', 'SETUSER', USER, `>${PASSWORD}`),
  },
  {
    what: 'the user may no longer write',
    problem: /does not permit this user the command xadd/,
    begin: redis => redis.cli('ACL', 'SETUSER', USER, '-@write'),
    end: redis => redis.cli('ACL', 'SETUSER', USER, '+@all'),
  },
  {
    what: 'no memory',
    problem: /is out of memory and takes no writes/,
    begin: redis => redis.configSet('maxmemory', 1),
    end: redis => redis.configSet('maxmemory', 0),
  },
  {
    what: 'a replica whose master is dead',
    problem: /is a read-only replica/,
    begin: async redis => redis.cli('REPLICAOF', '127.0.0.1', String(await freePort())),
    end: redis => redis.cli('REPLICAOF', 'NO', 'ONE'),
  },
] as const satisfies readonly Refusal[]

/** Has Redis of that mesh of `macbook` and `workstation` refuse for a while: the status says so, everything recovers by itself. */
export async function refuseAndRecover(mesh: TestMesh, { begin, problem, end }: Refusal): Promise<void> {
  const { redis } = mesh
  const [macbook, workstation] = [mesh.daemon('macbook'), mesh.daemon('workstation')]
  const pids = [macbook.pid, workstation.pid]
  const lines = await NumberedLines.start(macbook, workstation, 'workstation')
  await begin(redis)
  for (const daemon of [workstation, macbook]) await meets(daemon, problem)
  await expectRefusal(macbook, { computer: 'workstation', session_id: lines.id }, problem)
  await expectLocalWork(macbook, workstation)
  await end(redis)
  await lines.flow()
  for (const daemon of [macbook, workstation]) await isWell(daemon)
  await lines.complete()
  expect([(await macbook.status()).pid, (await workstation.status()).pid]).toEqual(pids)
}

/** Settles when the status says so; who only reads notices nothing, so it writes. */
async function meets(daemon: TestDaemon, problem: RegExp): Promise<void> {
  await daemon.call('session.list', { computer: 'workstation' }).catch(() => {})
  await hasProblem(daemon, problem)
  expect((await problemsOf(daemon)).mesh).toMatch(problem)
}
