import { expect, onTestFinished, test } from 'vitest'
import type { DaemonSetup, TestDaemon } from '../../support/daemon.ts'
import { computersOf, type MeshSetup, meshDaemon, TestMesh } from '../../support/mesh.ts'
import { privateMiB } from '../../support/processes.ts'
import { startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { HeartbeatCrowd } from './heartbeat-crowd.ts'

const SETUP: MeshSetup & DaemonSetup = {
  options: { heartbeatMs: 1000, heartbeatTtlMs: 20_000 },
  plugins: ['terminal', 'registry'],
}
const COMPUTERS = Array.from({ length: 10 }, (_, index) => `computer-${index}`)
const SESSIONS_OF_EACH = 5
const LINES = 200
/** Each takes half a second of a core to start. */
const STARTED_AT_ONCE = 2
/** Three times what one with five sessions there and five here has grown by. */
const MAX_GROWTH_MIB = 16

/** Ten computers, each of which knows all others. */
async function tenComputers(): Promise<TestMesh> {
  const mesh = await TestMesh.start([], SETUP)
  onTestFinished(() => mesh[Symbol.asyncDispose]())
  for (let first = 0; first < COMPUTERS.length; first += STARTED_AT_ONCE)
    await Promise.all(COMPUTERS.slice(first, first + STARTED_AT_ONCE).map(name => mesh.join(name)))
  await mesh.acquainted()
  return mesh
}

interface Started {
  readonly by: TestDaemon
  readonly title: string
  readonly id: string
}

/** Each computer starts one on each of those that come after it. */
function startSessions(mesh: TestMesh): Promise<readonly Started[]> {
  const starts = COMPUTERS.flatMap((name, at) =>
    Array.from({ length: SESSIONS_OF_EACH }, async (_, step) => {
      const computer = COMPUTERS[(at + step + 1) % COMPUTERS.length] ?? ''
      const title = `${name}-on-${computer}`
      return { by: mesh.daemon(name), title, id: await mesh.daemon(name).session({ computer, title }) }
    }),
  )
  return Promise.all(starts)
}

/** What a session prints, and what it is to type for that. */
function linesOf(title: string, round: number) {
  return {
    command: `for n in $(seq ${LINES}); do echo "${title} ${round} $n"; done; (exit ${round})`,
    output: Array.from({ length: LINES }, (_, index) => `${title} ${round} ${index + 1}\n`).join(''),
  }
}

test('ten computers with fifty sessions on each other: each prints its own, and nobody starves or grows', async () => {
  const mesh = await tenComputers()
  const memory = () => COMPUTERS.map(name => privateMiB(mesh.daemon(name).pid))
  const before = memory()
  const sessions = await startSessions(mesh)
  for (const round of [1, 2]) {
    const sent = sessions.map(({ by, title, id }) => by.send(id, linesOf(title, round).command))
    for (const [at, ended] of (await Promise.all(sent)).entries()) {
      const { output } = linesOf(sessions[at]?.title ?? '', round)
      expect(ended).toMatchObject({ output, exit_code: round, completed_by: 'mark' })
    }
  }
  for (const [at, megabytes] of memory().entries())
    expect(megabytes - (before[at] ?? 0)).toBeLessThan(MAX_GROWTH_MIB)
  const connections = await mesh.redis.cli('CLIENT', 'LIST')
  expect([...connections.matchAll(/ name=teleclaude:(\S+)/g)].map(([, name]) => name).sort()).toEqual(
    COMPUTERS.flatMap(name => [`${name}:commands`, `${name}:reader`]),
  )
}, 60_000)

test('a thousand computers: a listing has them all, and a beat costs Redis no more calls than with one', async () => {
  await using redis = await startRedis()
  await using crowd = new HeartbeatCrowd(redis)
  const daemon = meshDaemon('self', redis.url, SETUP)
  onTestFinished(() => daemon.end())
  await daemon.start()
  await crowd.announce(['other'])
  await until(async () => (await daemon.status()).mesh?.peers.online === 1, 'the other one')
  const withOne = await crowd.callsOfBeats(3)

  const names = Array.from({ length: 1000 }, (_, index) => `peer-${index}`)
  await crowd.announce(names)
  // From before they are seen first until they are known.
  const withAll = await crowd.callsOfBeats(3)
  expect((await daemon.status()).mesh?.peers.online).toBe(1001)
  // A blocked read, a ping and a proof that writes are taken come when they come.
  const slack = 5
  expect(withAll).toBeLessThanOrEqual(withOne + slack)

  const listed = (await computersOf(daemon)).map(({ name }) => name)
  expect(new Set(listed)).toEqual(new Set(['self', 'other', ...names]))
  expect(listed).toHaveLength(1002)
}, 60_000)
