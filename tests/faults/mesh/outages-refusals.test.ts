import { expect, test } from 'vitest'
import type { TestDaemon } from '../../support/daemon.ts'
import { freePort } from '../../support/free-port.ts'
import { TestMesh } from '../../support/mesh.ts'
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

const mesh = TestMesh.forFile(['macbook', 'workstation'], {
  redis: { users: [`${USER} on >${PASSWORD} ~* &* +@all`], config: SLOW_LOADING },
  options: { username: USER, password: PASSWORD },
})
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')

interface Refusal {
  readonly what: string
  readonly problem: RegExp
  begin(redis: RedisServer): Promise<unknown>
  end(redis: RedisServer): Promise<unknown>
}

const refusals: readonly Refusal[] = [
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
]

/** Settles when the status says so; who only reads notices nothing, so it writes. */
async function meets(daemon: TestDaemon, problem: RegExp): Promise<void> {
  await daemon.call('session.list', { computer: 'workstation' }).catch(() => {})
  await hasProblem(daemon, problem)
  expect((await problemsOf(daemon)).mesh).toMatch(problem)
}

test.for(refusals)(
  '$what: the status says so, everything recovers by itself',
  async ({ begin, problem, end }) => {
    const { redis } = mesh()
    const pids = [macbook().pid, workstation().pid]
    const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
    await begin(redis)
    for (const daemon of [macbook(), workstation()]) await meets(daemon, problem)
    await expectRefusal(macbook(), { computer: 'workstation', session_id: lines.id }, problem)
    await expectLocalWork(macbook(), workstation())
    await end(redis)
    await lines.flow()
    for (const daemon of [macbook(), workstation()]) await isWell(daemon)
    await lines.complete()
    expect([(await macbook().status()).pid, (await workstation().status()).pid]).toEqual(pids)
  },
)

test('data that is still being loaded: the status says so, everything recovers by itself', async () => {
  const { redis } = mesh()
  const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
  await redis.cli('EVAL', "for key = 1, 200 do redis.call('SET', key, string.rep('x', 600)) end", '0')
  const restarted = redis.restart({ empty: false })
  await hasProblem(macbook(), /is still loading its data: wait/)
  await restarted
  await lines.flow()
  for (const daemon of [macbook(), workstation()]) await isWell(daemon)
  await lines.complete()
})
