import type { Cluster } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'
import { connectedLink, connections } from './connected-link.ts'

/** While nobody uses a connection, and after somebody did. */
const [PULSE_MS, PULSE_IN_USE_MS] = [2000, 250]
/** With a server that is near, and little on the way to it. */
const PATIENCE_MS = 360

/** A link through a proxy, over which nothing but what is tested here takes a connection for dead. */
async function linkThroughProxy(clock: FakeClock) {
  const stack = new AsyncDisposableStack()
  const redis = stack.use(await startRedis({ tcp: 'plain' }))
  const proxy = stack.use(await startTcpProxy({ to: redis.port }))
  const options = { commandTimeoutMs: 60_000, connectTimeoutMs: 60_000 }
  const link = stack.use(await connectedLink({ url: `redis://127.0.0.1:${proxy.port}`, ...options }, clock))
  await link.up()
  return { ...link, redis, proxy, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function pings(redis: RedisServer): Promise<number> {
  const stats = await redis.cli('INFO', 'commandstats')
  return Number(/cmdstat_ping:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

describe('a connection that the network has lost', () => {
  test('is replaced by one that answers, though nobody uses it', async () => {
    const clock = new FakeClock()
    await using link = await linkThroughProxy(clock)
    link.proxy.halfOpen()
    await clock.advance(PULSE_MS + PATIENCE_MS)
    await until(() => link.states.length === 3, 'another connection')
    expect(link.states.map(({ up }) => up)).toEqual([true, false, true])
    expect(link.lines.join()).toContain('answers on a new connection only')
    expect(link.proxy.accepted).toBe(2)
    expect(await link.link.commands.ping()).toBe('PONG')
  })

  test('is replaced sooner when it is used; what was under way is of unknown outcome', async () => {
    const clock = new FakeClock()
    await using link = await linkThroughProxy(clock)
    link.proxy.halfOpen()
    const sent = link.link.commands.set('teleclaude:x', '1').catch((error: unknown) => error)
    await clock.advance(PULSE_IN_USE_MS + PATIENCE_MS)
    expect(link.link.failed(await sent).outcome).toBe('unknown')
    await until(() => link.states.length === 3, 'another connection')
    expect(await link.redis.cli('EXISTS', 'teleclaude:x')).toBe('0')
  })

  test('is replaced when the network comes back, if that was away too', async () => {
    const clock = new FakeClock()
    await using link = await linkThroughProxy(clock)
    link.proxy.halfOpen()
    link.proxy.freeze()
    await clock.advance(PULSE_MS + PATIENCE_MS)
    await until(() => link.proxy.accepted === 2, 'an attempt that meets no network')
    link.proxy.halfOpen()
    link.proxy.unfreeze()
    await clock.advance(500)
    await until(() => link.states.length === 3, 'another connection')
    await until(() => link.proxy.connections === 1, 'one connection')
  })

  test('in a cluster, with one of its nodes', async () => {
    await using cluster = await startRedisCluster()
    const clock = new FakeClock()
    const options = { cluster: [...cluster.startupNodes], commandTimeoutMs: 60_000 }
    await using link = await connectedLink(options, clock)
    await link.up()
    // In a cluster the commands are those of its client.
    const [node] = (link.link.commands as Cluster).nodes('master')
    node?.stream.pause()
    await clock.advance(PULSE_MS)
    await clock.advance(PATIENCE_MS)
    await until(() => link.states.length === 3, 'another connection')
    expect(link.lines.join()).toContain('answers on a new connection only')
  })
})

describe('a connection is kept', () => {
  test('to a server that stands still, and few others are tried beside it', async () => {
    const clock = new FakeClock()
    await using link = await linkThroughProxy(clock)
    await link.redis.pause()
    await clock.advance(PULSE_MS + PATIENCE_MS)
    await until(() => link.proxy.accepted === 2, 'an attempt')
    await clock.advance(20_000)
    expect(link.proxy.accepted).toBeLessThanOrEqual(2 + 20 * 2)
    link.redis.resume()
    await until(async () => (await connections(link.redis)).length === 1, 'the old connection alone')
    expect(link.states.map(({ up }) => up)).toEqual([true])
    await link.link.commands.get('teleclaude:x')
    await clock.advance(PULSE_IN_USE_MS)
    await until(() => link.link.patienceMs < PATIENCE_MS, 'as little patience as before')
  })

  test('over a network that has become slow, where silence soon means nothing any more', async () => {
    const clock = new FakeClock()
    await using link = await linkThroughProxy(clock)
    link.proxy.setDelay(300)
    const answer = link.link.commands.get('teleclaude:x')
    await clock.advance(PULSE_IN_USE_MS + PATIENCE_MS)
    await until(() => link.proxy.accepted === 2, 'an attempt')
    expect(await answer).toBeNull()
    await until(() => link.proxy.connections === 1, 'the old connection alone')
    for (let round = 0; round < 3; round++) {
      const next = link.link.commands.get('teleclaude:x')
      await clock.advance(PULSE_IN_USE_MS + PATIENCE_MS)
      expect(await next).toBeNull()
    }
    expect(link.proxy.accepted).toBe(2)
    expect(link.states.map(({ up }) => up)).toEqual([true])
  })

  test('where others are refused', async () => {
    const clock = new FakeClock()
    await using link = await linkThroughProxy(clock)
    await link.redis.configSet('maxclients', 1)
    link.proxy.setDelay(300)
    const answer = link.link.commands.ping()
    await clock.advance(PULSE_IN_USE_MS + PATIENCE_MS)
    await until(() => link.proxy.accepted === 2, 'an attempt')
    expect(await answer).toBe('PONG')
    await until(() => link.proxy.connections === 1, 'the old connection alone')
    expect(link.states.map(({ up }) => up)).toEqual([true])
  })
})

test('many commands at once bring one more ping, and none while nothing is sent', async () => {
  const clock = new FakeClock()
  await using link = await linkThroughProxy(clock)
  await link.redis.cli('CONFIG', 'RESETSTAT')
  for (let sent = 1; sent <= 3; sent++) {
    await Promise.all(Array.from({ length: 100 }, () => link.link.commands.get('teleclaude:x')))
    await clock.advance(PULSE_IN_USE_MS)
    await until(async () => (await pings(link.redis)) === sent, 'a ping')
  }
  await clock.advance(PULSE_MS - 1)
  expect(await pings(link.redis)).toBe(3)
})
