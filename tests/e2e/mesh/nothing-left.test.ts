import { getActiveResourcesInfo } from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../../core/config/load-config.ts'
import { startDaemon } from '../../../core/daemon.ts'
import { openStateDir } from '../../../core/state-dir.ts'
import { CountingClock } from '../../support/counting-clock.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { meshDaemon, sees, TestMesh } from '../../support/mesh.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

const NAMES = ['macbook', 'workstation']

/** What stays when all is over: mailboxes, how far they were read, and who was seen when. */
const LASTING = [
  'teleclaude:computers',
  ...NAMES.flatMap(name => [`teleclaude:messages:${name}`, `teleclaude:messages:${name}:read`]),
]

const keys = async (redis: RedisServer) => (await redis.cli('--scan')).split('\n').filter(Boolean).sort()

const outputs = async (redis: RedisServer) => (await keys(redis)).filter(key => key.includes(':output:'))

const connections = async (redis: RedisServer) =>
  [...(await redis.cli('CLIENT', 'LIST')).matchAll(/ name=(teleclaude:\S+)/g)].map(([, name]) => name)

/** A session on the other computer that was typed into, and is watched. */
async function watchedSession(by: TestDaemon): Promise<{ id: string; stop(): Promise<unknown> }> {
  const id = await by.session({ computer: 'workstation', title: 'watched' })
  const stopping = new AbortController()
  const watching = by
    .call('session.watch', { session_id: id }, { signal: stopping.signal, onItem() {} })
    .catch(error => error)
  expect((await by.send(id, 'echo here')).output).toBe('here\n')
  const stop = () => {
    stopping.abort()
    return watching
  }
  return { id, stop }
}

test('in Redis: no stream of a session that has ended or that nobody watches, and no connection of a daemon that has', async () => {
  await using mesh = await TestMesh.start(NAMES)
  const { redis } = mesh
  const [macbook, workstation] = [mesh.daemon('macbook'), mesh.daemon('workstation')]
  const ended = await watchedSession(macbook)
  expect(await outputs(redis)).toEqual([`teleclaude:output:${ended.id}`])
  await macbook.call('session.close', { session_id: ended.id })
  await ended.stop()
  await until(async () => (await outputs(redis)).length === 0, 'the end of the stream')

  await macbook.call('session.run', { computer: 'workstation', command: 'echo once' })
  const { id } = await watchedSession(macbook) // goes on
  expect(await outputs(redis)).toContain(`teleclaude:output:${id}`)
  await workstation.kill('SIGTERM')
  await macbook.kill('SIGTERM')
  expect(await keys(redis)).toEqual(LASTING)
  expect(await connections(redis)).toEqual([])
})

test('in the process: no connection, process or timer of a daemon that was closed', async () => {
  await using redis = await startRedis()
  const before = getActiveResourcesInfo()
  const clock = new CountingClock()
  const daemons = NAMES.map(name => meshDaemon(name, redis.url))
  onTestFinished(async () => {
    for (const daemon of daemons) await daemon.end()
  })
  const running = await Promise.all(
    daemons.map(async ({ home, env }) =>
      startDaemon({ config: await loadConfig({ cwd: home, env }), stateDir: openStateDir({ env }), clock }),
    ),
  )
  const [macbook, workstation] = daemons
  if (!macbook || !workstation) throw new Error('there are two')
  await sees(macbook, 'workstation')
  await sees(workstation, 'macbook')
  const { id, stop } = await watchedSession(macbook)
  await macbook.call('session.close', { session_id: id })
  await stop()
  const goesOn = await watchedSession(macbook)
  expect(clock.pending).not.toEqual([])
  for (const daemon of running) expect(await daemon.close()).toEqual([])
  await goesOn.stop()
  for (const daemon of daemons) await daemon.client.close()

  expect(clock.pending).toEqual([])
  // Sockets are closed a moment after they were ended.
  await until(() => addedTo(before).length === 0, `nothing but ${before.join()}`).catch(cause => {
    throw new Error(`left: ${addedTo(before).join()}`, { cause })
  })
  expect(await connections(redis)).toEqual([])
})

/** What is active now and was not before. */
function addedTo(before: readonly string[]): readonly string[] {
  const left = [...before]
  return getActiveResourcesInfo().filter(one => {
    const at = left.indexOf(one)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
