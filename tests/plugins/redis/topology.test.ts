import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts'
import { startSentinel } from '../../support/redis-sentinel.ts'
import { startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { connectedLink, connections } from './connected-link.ts'

test('the master that the sentinels name, before and after a failover', async () => {
  await using set = await startSentinel()
  await using link = await connectedLink({ sentinels: [...set.sentinels], masterName: set.name })
  await link.up()
  expect(await connections(set.master)).toEqual(['teleclaude:alpha:commands'])
  await set.failover()
  await until(() => link.states.some(({ up }) => !up), 'a link that has lost the old master')
  await link.up()
  expect(await connections(set.replica)).toEqual(['teleclaude:alpha:commands'])
})

test('a master that is killed is replaced', async () => {
  await using set = await startSentinel()
  await using link = await connectedLink({ sentinels: [...set.sentinels], masterName: set.name })
  await link.up()
  await set.master.stop()
  await until(() => !link.link.state.up, 'a link that is down')
  await link.up()
  expect(await link.link.commands.set('teleclaude:x', '1')).toBe('OK')
})

test('a connection of its own goes to the same master', async () => {
  await using set = await startSentinel()
  await using link = await connectedLink({ sentinels: [...set.sentinels], masterName: set.name })
  await link.up()
  await link.link.connect('', 'reader', 5000)
  expect(await connections(set.master)).toContain('teleclaude:alpha:reader')
})

test('sentinels that do not answer, or know no such master', async () => {
  await using set = await startSentinel()
  await using unknown = await connectedLink({ sentinels: [...set.sentinels], masterName: 'nobody' })
  await unknown.down('unknown to the sentinels')
  await set.sentinel.stop()
  await using silent = await connectedLink({ sentinels: [...set.sentinels], masterName: set.name })
  await silent.down('no sentinel answers')
})

describe('a cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  test('the nodes of a cluster are found from one, with the keys that they hold', async () => {
    await using link = await connectedLink({ cluster: cluster.startupNodes.slice(0, 1) })
    await link.up()
    const ports = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).sort()
    expect([...link.link.nodes()].sort()).toEqual(ports)
    const keys = Array.from({ length: 12 }, (_, index) => link.keys.messages(`c${index}`))
    for (const key of keys) await link.link.commands.xadd(key, '1-1', 'm', key)
    for (const key of keys) {
      const reader = await link.link.connect(link.link.nodeOf(key), 'reader', 0)
      expect(await reader.xrange(key, '-', '+')).toEqual([['1-1', ['m', key]]])
      reader.disconnect()
    }
  })

  test('a key that moved to another node is found there', async () => {
    await using link = await connectedLink({ cluster: [...cluster.startupNodes] })
    await link.up()
    const key = link.keys.messages('beta')
    const before = link.link.nodeOf(key)
    const to = cluster.nodes.find(({ port }) => `127.0.0.1:${port}` !== before)
    const slot = (await to?.cli('CLUSTER', 'KEYSLOT', key)) ?? ''
    const id = (await to?.cli('CLUSTER', 'MYID')) ?? ''
    for (const node of cluster.nodes) await node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', id)
    await link.link.commands.xadd(key, '*', 'm', '1')
    expect(link.link.nodeOf(key)).toBe(`127.0.0.1:${to?.port}`)
    expect(link.link.state.up).toBe(true)
  })

  test('a cluster that is taken for a single server', async () => {
    const holder = cluster.nodes.map(({ url }) => connectedLink({ url }))
    const links = await Promise.all(holder)
    try {
      await until(
        () =>
          links.filter(({ link }) => !link.state.up && link.state.problem.includes('give `cluster`'))
            .length === 2,
        'two links that were sent to another node',
      )
    } finally {
      for (const { link } of links) await link.close()
    }
  })

  test('nothing is left at the nodes of a cluster after it is closed', async () => {
    const link = await connectedLink({ cluster: [...cluster.startupNodes] })
    await link.up()
    for (const node of link.link.nodes()) await link.link.connect(node, 'reader', 5000)
    await link.link.close()
    for (const node of cluster.nodes) {
      await until(async () => (await connections(node)).length === 0, 'no connection')
    }
  })
})

test('a node of a cluster that is lost takes the link down, and up when it is back', async () => {
  await using cluster = await startRedisCluster()
  await using link = await connectedLink({ cluster: [...cluster.startupNodes] })
  await link.up()
  const [node] = cluster.nodes
  await node?.stop({ save: true })
  await until(() => !link.link.state.up, 'a link that is down')
  await node?.start()
  await link.up()
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
    await link.link.commands.set(link.keys.computer(name), '1')
})

test('a single server that is taken for a cluster', async () => {
  await using node = await startRedis({ tcp: 'plain' })
  await using link = await connectedLink({ cluster: [{ host: '127.0.0.1', port: node.port }] })
  await link.down('is no cluster: give it as `url`')
})
