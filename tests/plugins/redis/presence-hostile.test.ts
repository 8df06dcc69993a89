import { describe, expect, test } from 'vitest'
import { MAX_HEARTBEAT_BYTES } from '../../../core/mesh/heartbeat.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { beat, clock, presenceOn } from './connected-presence.ts'

test('whoever writes other names in front of all cannot hide a computer', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  await alpha.presence.announce('alpha', beat('first'), null)
  await alpha.presence.announce('beta', beat('second'), null)
  const fill = (score: number) =>
    redis.cli(
      'EVAL',
      "for n = 1, 10000 do redis.call('ZADD', KEYS[1], ARGV[1], 'x' .. n) end",
      '1',
      'teleclaude:computers',
      `${score}`,
    )
  const shown = async (known: readonly string[]) =>
    (await alpha.presence.list(known)).flatMap(({ computer, heartbeat }) => (heartbeat ? [computer] : []))
  // By a clock that is too far ahead: they do not even come first.
  await fill(clock.now() + 600_000)
  expect(await shown([])).toEqual(['beta', 'alpha'])
  // By a clock that may be right: who is known is looked for by name.
  await fill(clock.now() + 60_000)
  expect(await shown(['alpha', 'gamma'])).toEqual(['alpha'])
})

test('a computer whose clock is far ahead is listed all the same', async () => {
  await using redis = await startRedis()
  await using alpha = await presenceOn({ url: redis.url })
  const ahead = clock.now() + 3_600_000
  await redis.cli('SET', 'teleclaude:computer:beta', 'first')
  await redis.cli('ZADD', 'teleclaude:computers', `${ahead}`, 'beta')
  expect(await alpha.presence.list([])).toEqual([
    { computer: 'beta', heartbeat: Buffer.from('first'), lastSeen: ahead },
  ])
})

describe('what is too large to be a heartbeat', () => {
  const HUGE = 20 * 1024 * 1024
  const setHuge = (redis: RedisServer, name: string) =>
    redis.cli('SETRANGE', `teleclaude:computer:${name}`, `${HUGE - 1}`, 'x')

  test('is not read, and hides nobody', async () => {
    await using redis = await startRedis()
    await using alpha = await presenceOn({ url: redis.url })
    for (const name of ['x1', 'x2', 'x3']) {
      await redis.cli('ZADD', 'teleclaude:computers', `${clock.now()}`, name)
      await setHuge(redis, name)
    }
    await alpha.presence.announce('alpha', beat('first'), null)
    const sent = () => bytesSent(redis)
    const before = await sent()
    const listed = await alpha.presence.list([])
    expect((await sent()) - before).toBeLessThan(100_000)
    expect(listed.flatMap(({ computer, heartbeat }) => (heartbeat ? [computer] : []))).toEqual(['alpha'])
  })

  test('is not read where it stands under a name that is announced', async () => {
    await using redis = await startRedis()
    await using alpha = await presenceOn({ url: redis.url })
    await setHuge(redis, 'alpha')
    const held = await alpha.presence.announce('alpha', beat('first'), null)
    expect(held).toHaveLength(MAX_HEARTBEAT_BYTES + 1)
  })

  test('is not read even if each by itself would do', async () => {
    await using redis = await startRedis()
    await using alpha = await presenceOn({ url: redis.url })
    await alpha.presence.announce('alpha', beat('first'), null)
    // In steps, so that Redis is never silent for so long that the connection is taken for dead.
    for (let first = 1; first <= 1000; first += 50)
      await redis.cli(
        'EVAL',
        "for n = ARGV[3], ARGV[3] + 49 do redis.call('ZADD', KEYS[1], ARGV[1], 'x' .. n); redis.call('SETRANGE', 'teleclaude:computer:x' .. n, ARGV[2] - 1, 'x') end",
        '1',
        'teleclaude:computers',
        `${clock.now() + 1}`,
        `${MAX_HEARTBEAT_BYTES}`,
        `${first}`,
      )
    const listed = await alpha.presence.list(['alpha'])
    const bytes = listed.reduce((sum, { heartbeat }) => sum + (heartbeat?.length ?? 0), 0)
    expect(bytes).toBeLessThanOrEqual(32 * 1024 * 1024)
    expect(listed[0]).toMatchObject({ computer: 'alpha', heartbeat: Buffer.from('first') })
  })

  test('is not read in a cluster either, nor what is no string', async () => {
    await using cluster = await startRedisCluster()
    await using alpha = await presenceOn({ cluster: [...cluster.startupNodes] })
    for (const name of ['alpha', 'x1', 'x2']) await alpha.presence.announce(name, beat(name), null)
    const { commands } = alpha.link
    await commands.setrange(alpha.keys.computer('x1'), HUGE - 1, 'x')
    await commands.del(alpha.keys.computer('x2'))
    await commands.hset(alpha.keys.computer('x2'), 'something', 'else')
    const listed = await alpha.presence.list([])
    expect(listed.flatMap(({ computer, heartbeat }) => (heartbeat ? [computer] : []))).toEqual(['alpha'])
    expect(listed).toHaveLength(3)
  })
})

async function bytesSent(redis: RedisServer): Promise<number> {
  return Number(/total_net_output_bytes:(\d+)/.exec(await redis.cli('INFO', 'stats'))?.[1])
}
