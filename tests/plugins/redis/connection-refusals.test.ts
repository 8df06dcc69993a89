import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { connectedLink } from './connected-link.ts'

test('a replica, until it is a master', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using replica = await startRedis({ config: { replicaof: `127.0.0.1 ${redis.port}` } })
  await using link = await connectedLink({ url: replica.url })
  await link.down('is a read-only replica')
  await replica.cli('REPLICAOF', 'NO', 'ONE')
  await link.up()
})

test('a master that becomes a replica under us', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using other = await startRedis({ tcp: 'plain' })
  await using link = await connectedLink({ url: redis.url })
  await link.up()
  await redis.cli('REPLICAOF', '127.0.0.1', String(other.port))
  const thrown = await link.link.commands.set('teleclaude:x', '1').catch((error: unknown) => error)
  expect(link.link.failed(thrown).outcome).toBe('refused')
  await link.down('is a read-only replica')
})

test('no memory', async () => {
  await using redis = await startRedis({ config: { maxmemory: '100kb', 'maxmemory-policy': 'noeviction' } })
  await using link = await connectedLink({ url: redis.url })
  await link.down('is out of memory')
})

test('a disk that cannot be written', async () => {
  await using redis = await startRedis()
  await using link = await connectedLink({ url: redis.url })
  await link.up()
  await redis.configSet('save', '1 1')
  await redis.cli('CONFIG', 'SET', 'rdbcompression', 'no')
  await redis.cli('SET', 'x', '1')
  await rm(`${redis.dir}/data`, { recursive: true })
  await until(async () => {
    await redis.cli('BGSAVE').catch(() => undefined)
    return (await redis.cli('INFO', 'persistence')).includes('rdb_last_bgsave_status:err')
  }, 'a save that failed')
  const thrown = await link.link.commands.set('teleclaude:x', '1').catch((error: unknown) => error)
  expect(link.link.failed(thrown).error.message).toContain('cannot save its data')
  await link.down('cannot save its data')
})

test('a command that the user may not run is named', async () => {
  const users = ['reader on >secret-word ~teleclaude:* +@read +@connection']
  await using redis = await startRedis({ users })
  await using link = await connectedLink({ url: redis.url, username: 'reader', password: 'secret-word' })
  await link.down('does not permit this user the command xadd')
})

test('data that is still being loaded', async () => {
  const config = {
    'key-load-delay': 10_000,
    'loading-process-events-interval-bytes': 1024,
    rdbcompression: 'no',
  }
  await using redis = await startRedis({ config })
  await redis.cli('EVAL', "for key = 1, 100 do redis.call('SET', key, string.rep('x', 600)) end", '0')
  await using link = await connectedLink({ url: redis.url })
  await link.up()
  await redis.restart({ empty: false })
  await link.up()
  expect(JSON.stringify(link.states)).toContain('is still loading its data')
})
