import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { systemClock } from '../../../core/clock.ts'
import type { Finding } from '../../../core/host/finding.ts'
import { checkRedis } from '../../../plugins/redis/checkup.ts'
import { judgeServer, serverFacts } from '../../../plugins/redis/checkup-server.ts'
import { redisOptions } from '../../../plugins/redis/options.ts'
import { freePort } from '../../support/free-port.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'
import { startSentinel } from '../../support/redis-sentinel.ts'
import { startRedis } from '../../support/redis-server.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'
import { connectedLink } from './connected-link.ts'
import { documentedAcl } from './documented-acl.ts'

/** What doctor says of a Redis, on a computer where the daemon says this of it. */
function checked(input: z.input<typeof redisOptions>, health?: string | null): Promise<readonly Finding[]> {
  const { signal } = new AbortController()
  const context = { computer: 'alpha', commandLine: 'npx teleclaude', clock: systemClock, signal, health }
  return checkRedis(redisOptions.parse(input), context)
}

const saying = (state: Finding['state'], message: string, fix: string) => [
  { name: 'redis', state, message: expect.stringContaining(message), fix: expect.stringContaining(fix) },
]

test('a Redis that is as it should be is fine, and nothing is written to it', async () => {
  await using redis = await startRedis({ config: { maxmemory: '50mb' } })
  expect(await checked({ url: redis.url })).toEqual([
    {
      name: 'redis',
      state: 'ok',
      message: expect.stringMatching(/^Redis \(.*redis\.sock\) answers and takes writes \(\d+\.\d+\.\d+\)$/),
    },
  ])
  expect(await redis.cli('INFO', 'persistence')).toContain('rdb_changes_since_last_save:0')
  expect(await redis.cli('CLIENT', 'LIST')).not.toContain('teleclaude:alpha')
})

test('where nothing listens, the name is unknown, or there is no socket, it is told with what to try', async () => {
  const port = await freePort()
  expect(await checked({ url: `redis://127.0.0.1:${port}` })).toEqual(
    saying('fail', 'is not running there', `redis-cli -h 127.0.0.1 -p ${port} PING`),
  )
  expect(await checked({ url: 'redis://no-such-host.invalid' })).toEqual(
    saying('fail', ' be ', 'redis-cli -h no-such-host.invalid -p 6379 PING'),
  )
  const socket = `${tempDir()}/none.sock`
  expect(await checked({ url: socket })).toEqual(saying('fail', 'has no socket', `redis-cli -s ${socket}`))
})

test('a server that never answers is given up', async () => {
  await using redis = await startRedis()
  await redis.pause()
  const found = await checked({ url: redis.url, connectTimeoutMs: 100, commandTimeoutMs: 100 })
  expect(found).toEqual(saying('fail', 'does not answer', 'PING'))
})

test('something else that listens there is told', async () => {
  const server = createServer(socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const path = `${tempDir()}/other.sock`
  await new Promise<void>(resolve => server.listen(path, resolve))
  expect(await checked({ url: path })).toEqual(saying('fail', 'does not speak like a Redis', 'redis-cli'))
  server.close()
})

test('passwords that are wrong or missing are told, and none is shown', async () => {
  await using redis = await startRedis({
    tcp: 'plain',
    password: 'right-word',
    users: ['reader on >own-word ~* +@all'],
  })
  const { port } = redis
  expect(await checked({ url: redis.url })).toEqual(saying('fail', 'wants a password', 'PING'))
  const wrong = [
    await checked({ url: `redis://:wrong-word@127.0.0.1:${port}` }),
    await checked({ url: redis.url, username: 'reader', password: 'wrong-word' }),
  ]
  for (const found of wrong) {
    expect(found).toEqual(saying('fail', 'refuses the user or the password', '--askpass'))
    expect(JSON.stringify(found)).not.toContain('wrong-word')
  }
  expect(await checked({ url: redis.url, password: 'right-word' })).toMatchObject([{ state: 'ok' }])
})

test('TLS that is missing on one of the two sides, or is not trusted, is told', async () => {
  await using plain = await startRedis({ tcp: 'plain' })
  await using secure = await startRedis({ tcp: 'tls' })
  expect(await checked({ url: plain.url.replace('redis:', 'rediss:'), connectTimeoutMs: 300 })).toEqual(
    saying('fail', 'TLS', '--tls'),
  )
  expect(await checked({ url: secure.url })).toEqual(saying('fail', '`tls.ca`', '--tls'))
  expect(await checked({ url: secure.url.replace('rediss:', 'redis:') })).toEqual(
    saying('fail', 'rediss://', 'PING'),
  )
  expect(await checked({ url: secure.url, tls: { ca: secure.ca } })).toMatchObject([{ state: 'ok' }])
})

/** The rules of the documented line, one by one. */
const RULES = documentedAcl()
  .split(' ')
  .filter(rule => rule.startsWith('+'))
/** What ioredis sends by itself, and does without; what is for clusters alone. */
const NOT_ON_KEYS = ['+auth', '+client|setname', '+select', '+cluster|slots', '+cluster|info']

test('each command of the documented ACL that a user lacks is named with what to type', async () => {
  const needed = RULES.filter(rule => !NOT_ON_KEYS.includes(rule))
  const users = needed.map((rule, at) => {
    const others = documentedAcl().replace(` ${rule}`, '').replace('-@all', '-@all +hello')
    return `user${at} on >word ${others}`
  })
  await using redis = await startRedis({ users: [...users, `whole on >word ${documentedAcl()}`] })
  for (const [at, rule] of needed.entries()) {
    const found = await checked({ url: redis.url, username: `user${at}`, password: 'word' })
    const command = rule.slice(1)
    const typed = rule.includes('|') ? `'${rule}'` : rule
    const fix = `redis-cli -s ${redis.socketPath} ACL SETUSER user${at} ${typed}`
    expect(found).toEqual(saying('fail', `the commands ${command}`, fix))
  }
  expect(await checked({ url: redis.url, username: 'whole', password: 'word' })).toMatchObject([
    { state: 'ok', message: expect.stringContaining('may not INFO') },
  ])
})

test('what doctor advises gives a user what it lacks', async () => {
  await using redis = await startRedis({ users: ['poor on >word resetkeys ~other:* -@all +auth +ping +get'] })
  const options = { url: redis.url, username: 'poor', password: 'word' }
  const [found] = await checked(options)
  const words =
    /ACL SETUSER .*/
      .exec(found?.fix ?? '')?.[0]
      .replaceAll("'", '')
      .split(' ') ?? []
  await redis.cli(...words)
  expect(await checked(options)).toMatchObject([{ state: 'ok' }])
})

test('a database that the user may not select is told', async () => {
  const acl = documentedAcl().replace(' +select', '')
  await using redis = await startRedis({ tcp: 'plain', users: [`one on >word ${acl}`] })
  const found = await checked({ url: `redis://one:word@127.0.0.1:${redis.port}/1` })
  expect(found).toEqual(saying('fail', 'select', '+select'))
})

test('a read-only replica is told with the address of its master', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using replica = await startRedis({ config: { replicaof: `127.0.0.1 ${redis.port}` } })
  const found = await checked({ url: replica.url })
  expect(found).toEqual(saying('fail', 'is a read-only replica', `127.0.0.1:${redis.port}`))
})

test('memory that is full, or nearly, and a policy that forgets are told with the command that changes it', async () => {
  await using redis = await startRedis({ config: { maxmemory: '100kb', 'maxmemory-policy': 'noeviction' } })
  const full = await checked({ url: redis.url })
  expect(full).toEqual(
    saying('fail', 'is out of memory', `redis-cli -s ${redis.socketPath} CONFIG SET maxmemory`),
  )
  const used = Number(/used_memory:(\d+)/.exec(await redis.cli('INFO', 'memory'))?.[1])
  await redis.configSet('maxmemory', Math.round(used * 1.06))
  expect(await checked({ url: redis.url })).toEqual(saying('warn', 'MiB that it may', 'CONFIG SET maxmemory'))
  await redis.configSet('maxmemory', used * 100)
  await redis.configSet('maxmemory-policy', 'allkeys-lru')
  expect(await checked({ url: redis.url })).toEqual(
    saying('warn', 'allkeys-lru', 'CONFIG SET maxmemory-policy noeviction'),
  )
})

test('a version that is too old is told', () => {
  const judge = (version: string) =>
    judgeServer(serverFacts(`redis_version:${version}\r\n`), false, 'redis-cli')
  expect(judge('6.0.16')).toMatchObject([{ state: 'fail', message: expect.stringContaining('6.0.16') }])
  expect(judge('5.9.9')).toHaveLength(1)
  expect([judge('6.2.0'), judge('7.0.15'), judge('10.0.0')]).toEqual([[], [], []])
})

test('data that is still being loaded is to be waited for', async () => {
  const config = {
    'key-load-delay': 10_000,
    'loading-process-events-interval-bytes': 1024,
    rdbcompression: 'no',
  }
  await using redis = await startRedis({ config })
  await redis.cli('EVAL', "for key = 1, 300 do redis.call('SET', key, string.rep('x', 600)) end", '0')
  await redis.stop({ save: true })
  const started = redis.start().catch(() => undefined) // settles when all is loaded
  let found: readonly Finding[] = []
  await until(async () => {
    found = await checked({ url: redis.url })
    return found[0]?.message.includes('loading')
  }, 'a Redis that loads its data')
  expect(found).toEqual(saying('warn', 'is still loading', 'INFO persistence'))
  await redis.stop()
  await started
})

test('a sentinel given as the server, and one as what it is', async () => {
  await using set = await startSentinel()
  const [at] = set.sentinels
  expect(await checked({ url: `redis://127.0.0.1:${at?.port}` })).toEqual(
    saying('fail', 'is a sentinel', 'masterName'),
  )
  const options = { sentinels: [...set.sentinels], masterName: set.name }
  expect(await checked(options)).toMatchObject([{ state: 'ok' }])
  await set.master.configSet('maxmemory', '50mb')
  await set.master.configSet('maxmemory-policy', 'allkeys-lru')
  expect(await checked(options)).toEqual(saying('warn', 'allkeys-lru', 'redis-cli -h MASTER CONFIG SET'))
  expect(await checked({ ...options, masterName: 'another' })).toEqual(
    saying('fail', 'is unknown to the sentinels', 'SENTINEL get-master-addr-by-name another'),
  )
})

test('a cluster, one of its nodes given as the server, and one whose nodes are gone', async () => {
  await using cluster = await startRedisCluster()
  const options = { cluster: [...cluster.startupNodes] }
  expect(await checked(options)).toMatchObject([{ state: 'ok' }])
  const [one] = await checked({ url: cluster.nodes[0]?.url ?? '' })
  expect(one).toMatchObject({ fix: expect.stringContaining('cluster: [') })
  await cluster.nodes[2]?.stop()
  expect(await checked(options)).toEqual(saying('fail', 'is not running there', 'redis-cli'))
})

test('what doctor sees and what the daemon says are told side by side where they differ', async () => {
  await using redis = await startRedis()
  expect(await checked({ url: redis.url }, null)).toMatchObject([{ state: 'ok' }])
  expect(await checked({ url: redis.url }, 'Redis (old-host:6379) is not running there')).toEqual(
    saying('warn', 'the daemon says: Redis (old-host:6379)', 'npx teleclaude stop && npx teleclaude start'),
  )
  await redis.stop()
  expect(await checked({ url: redis.url }, null)).toEqual(
    saying('warn', 'The daemon is connected; from here, Redis', 'redis-cli'),
  )
})

test('of a Redis that is down the daemon and doctor say the same', async () => {
  const url = `redis://127.0.0.1:${await freePort()}`
  await using link = await connectedLink({ url })
  await link.down('is not running there')
  const problem = link.link.state.up ? null : link.link.state.problem
  expect(await checked({ url }, problem)).toMatchObject([{ state: 'fail', message: problem }])
})
