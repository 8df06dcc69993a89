import { Cluster, Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { startSentinel } from '../support/redis-sentinel.ts'
import { until } from '../support/until.ts'

it('a cluster serves every key', async () => {
  await using cluster = await startRedisCluster()
  const client = new Cluster([...cluster.startupNodes])
  onTestFinished(() => client.disconnect())
  const keys = Array.from({ length: 30 }, (_, number) => `key-${number}`)
  await Promise.all(keys.map(key => client.set(key, key)))
  expect(await Promise.all(keys.map(key => client.get(key)))).toEqual(keys)
  const sizes = await Promise.all(cluster.nodes.map(node => node.cli('DBSIZE')))
  expect(sizes.filter(size => size === '0')).toEqual([])
})

it('a sentinel leads clients to the new master, after a failover and after a death', async () => {
  await using set = await startSentinel()
  const client = new Redis({ sentinels: [...set.sentinels], name: set.name, retryStrategy: () => 20 })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await client.set('key', 'value')
  await until(async () => (await set.replica.cli('GET', 'key')) === 'value', 'a replicated key')
  await set.failover()
  await until(
    async () => (await set.master.cli('INFO', 'replication')).includes('master_link_status:up'),
    'a new replica',
  )
  await set.replica.stop()
  await until(() => client.set('key', 'other').catch(() => null), 'a new master')
  expect(await set.master.cli('GET', 'key')).toBe('other')
})
