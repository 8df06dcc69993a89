import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { connectTransport } from './connected-transport.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())
afterEach(() => redis.cli('FLUSHALL'))

const ttl = async (key: string) => Number(await redis.cli('TTL', key))

describe('the sweep', () => {
  it('gives streams that would stay for ever an end, and touches nothing else', async () => {
    const clock = new FakeClock()
    const leaked = "for n = 1, 300 do redis.call('XADD', 'teleclaude:output:s' .. n, '1-0', 'm', 'x') end"
    await redis.cli('EVAL', leaked, '0')
    await redis.cli('XADD', 'teleclaude:messages:gone', '*', 'm', 'x')
    await redis.cli('XADD', 'teleclaude:output:short', '1-0', 'm', 'x')
    await redis.cli('EXPIRE', 'teleclaude:output:short', '5')
    await redis.cli('XADD', 'teleclaude:something', '1-0', 'm', 'x')
    await redis.cli('XADD', 'output:of-others', '1-0', 'm', 'x')
    await redis.cli('SET', 'teleclaude:output:string', 'x')
    const { transport } = await connectTransport(redis, { clock })
    await clock.advance(90_000)
    await until(async () => {
      await clock.advance(20)
      return transport.counts().swept === 301
    }, 'a sweep')
    for (const n of [1, 150, 300]) expect(await ttl(`teleclaude:output:s${n}`)).toBeGreaterThan(3500)
    expect(await ttl('teleclaude:messages:gone')).toBeGreaterThan(6 * 24 * 3600)
    expect(await ttl('teleclaude:output:short')).toBeLessThanOrEqual(5)
    for (const key of ['teleclaude:something', 'output:of-others', 'teleclaude:output:string']) {
      expect([key, await ttl(key)]).toEqual([key, -1])
    }
    expect(await redis.cli('CLIENT', 'LIST')).not.toContain(':sweep')
    expect(await redis.cli('INFO', 'commandstats')).not.toContain('cmdstat_keys')
  })

  it('that is not permitted leaves the connection as it is', async () => {
    const users = ['limited on nopass ~* &* +@all -scan']
    await using own = await startRedis({ users })
    const clock = new FakeClock()
    const { link, log } = await connectTransport(own, {
      clock,
      options: { username: 'limited', password: 'x' },
    })
    const states: boolean[] = []
    link.onState(({ up }) => states.push(up))
    await clock.advance(90_000)
    await until(() => log.lines.some(line => line.includes('sweeping failed')), 'a line in the log')
    expect(states).toEqual([])
  })
})
