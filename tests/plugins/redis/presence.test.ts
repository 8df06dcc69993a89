import { expect, test } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { beat, clock, presenceOn, text } from './connected-presence.ts'

test('a name is announced, announced again, and listed with its last bytes', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  // Bytes that are no text, in a view of something longer.
  const first = new Uint8Array([1, 0, 255, 128, 13, 10, 7]).subarray(1, 6)
  expect(await alpha.presence.announce('alpha', first, null)).toBeNull()
  expect(await alpha.presence.list([])).toEqual([
    { computer: 'alpha', heartbeat: Buffer.from(first), lastSeen: clock.now() },
  ])
  expect(await alpha.presence.announce('alpha', beat('second'), first)).toBeNull()
  expect((await alpha.presence.list([])).map(({ heartbeat }) => text(heartbeat))).toEqual(['second'])
})

test('what another one announced under the name stays, and is told', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  await alpha.presence.announce('alpha', beat('first'), null)
  expect(text(await alpha.presence.announce('alpha', beat('second'), null))).toBe('first')
  expect(text(await alpha.presence.announce('alpha', beat('second'), beat('other')))).toBe('first')
  expect((await alpha.presence.list([])).map(({ heartbeat }) => text(heartbeat))).toEqual(['first'])
})

test('an announcement whose answer was lost can be repeated', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  await alpha.presence.announce('alpha', beat('first'), null)
  expect(await alpha.presence.announce('alpha', beat('first'), null)).toBeNull()
})

test('an announcement that expired is listed without its bytes, and its name is free', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url, heartbeatMs: 1000, heartbeatTtlMs: 2000 })
  await alpha.presence.announce('alpha', beat('first'), null)
  const ttl = Number(await redis.cli('PTTL', 'teleclaude:computer:alpha'))
  expect(ttl).toBeGreaterThan(0)
  expect(ttl).toBeLessThanOrEqual(2000)
  await redis.cli('PEXPIRE', 'teleclaude:computer:alpha', '1')
  await until(async () => (await alpha.presence.list([]))[0]?.heartbeat === null, 'an expired heartbeat')
  expect(await alpha.presence.announce('alpha', beat('second'), beat('expected'))).toBeNull()
})

test('only what is still this one is withdrawn', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  await alpha.presence.announce('alpha', beat('first'), null)
  await alpha.presence.withdraw('alpha', beat('other'))
  expect(text((await alpha.presence.list([]))[0]?.heartbeat ?? null)).toBe('first')
  await alpha.presence.withdraw('alpha', beat('first'))
  expect((await alpha.presence.list([])).map(({ heartbeat }) => heartbeat)).toEqual([null])
  await alpha.presence.forget('alpha')
  expect(await alpha.presence.list([])).toEqual([])
})

test('what nobody announced does not keep a computer away for ever', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  await redis.cli('HSET', 'teleclaude:computer:alpha', 'something', 'else')
  await redis.cli('SET', 'teleclaude:computers', 'something else')
  expect(await alpha.presence.announce('alpha', beat('first'), null)).toBeNull()
  expect((await alpha.presence.list([])).map(({ heartbeat }) => text(heartbeat))).toEqual(['first'])
  await redis.cli('SET', 'teleclaude:computer:alpha', 'something else')
  expect(text(await alpha.presence.announce('alpha', beat('second'), beat('first')))).toBe('something else')
  const ttl = Number(await redis.cli('TTL', 'teleclaude:computer:alpha'))
  expect(ttl).toBeGreaterThan(0)
  expect(ttl).toBeLessThanOrEqual(60)
  // What has an end keeps it, or it would be put off again and again.
  await redis.cli('EXPIRE', 'teleclaude:computer:alpha', '5')
  await alpha.presence.announce('alpha', beat('second'), beat('first'))
  expect(Number(await redis.cli('TTL', 'teleclaude:computer:alpha'))).toBeLessThanOrEqual(5)
})

test('what is no name of a computer is not listed', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  for (const name of ['../etc', 'UPPER', 'a'.repeat(33), '', 'x:dead', 'beta']) {
    await redis.cli('ZADD', 'teleclaude:computers', '7', name)
  }
  await redis.cli('ZADD', 'teleclaude:computers', 'inf', 'never')
  expect(await alpha.presence.list([])).toEqual([{ computer: 'beta', heartbeat: null, lastSeen: 7 }])
})

test('the number of calls does not grow with the number of computers', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  const calls = async () => {
    await redis.cli('CONFIG', 'RESETSTAT')
    await alpha.presence.announce('alpha', beat('same'), null)
    await alpha.presence.list([])
    return await commandsSince(redis)
  }
  const alone = await calls()
  await redis.cli(
    'EVAL',
    "for n = 1, 1000 do redis.call('ZADD', KEYS[1], n, 'c' .. n); redis.call('SET', 'teleclaude:computer:c' .. n, n) end",
    '1',
    'teleclaude:computers',
  )
  expect(await calls()).toBe(alone)
  expect(await alpha.presence.list([])).toHaveLength(1001)
})

test('another program under the same prefix is named as the fault', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  await redis.cli('SET', 'teleclaude:computers', 'x')
  await expect(alpha.presence.list([])).rejects.toThrow(/choose another `prefix`/)
})

test('without Redis it fails as a transport does', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  await redis.stop()
  await alpha.down('')
  for (const attempt of [
    alpha.presence.announce('alpha', beat('x'), null),
    alpha.presence.withdraw('alpha', beat('x')),
    alpha.presence.list([]),
    alpha.presence.forget('alpha'),
  ]) {
    await expect(attempt).rejects.toSatisfy(error => isTeleclaudeError(error, 'TC_ERR_TRANSPORT'))
  }
})

test('in a cluster the computers of all nodes are listed', async () => {
  await using cluster = await startRedisCluster()
  await using alpha = await presenceOn({ cluster: [...cluster.startupNodes] })
  const names = Array.from({ length: 20 }, (_, index) => `c${index}`)
  for (const name of names) await alpha.presence.announce(name, beat(name), null)
  const listed = await alpha.presence.list([])
  expect(listed.map(({ computer }) => computer).sort()).toEqual([...names].sort())
  expect(listed.every(({ computer, heartbeat }) => text(heartbeat) === computer)).toBe(true)
  expect(new Set(names.map(name => alpha.link.nodeOf(alpha.keys.computer(name)))).size).toBe(3)
})

/** Without what the counting itself, and the pulse of the connection, call. */
async function commandsSince(redis: RedisServer): Promise<number> {
  const stats = await redis.cli('INFO', 'commandstats')
  const counts = [...stats.matchAll(/cmdstat_([a-z|]+):calls=(\d+)/g)]
  const ours = counts.filter(([, name]) => !/^(ping|info|auth|config|client)/.test(name ?? ''))
  return ours.reduce((sum, [, , count]) => sum + Number(count), 0)
}
