import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { isAlive, isStopped } from '../support/processes.ts'
import { type RedisOptions, startRedis } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

async function redisInTest(options?: RedisOptions) {
  const redis = await startRedis(options)
  onTestFinished(() => redis[Symbol.asyncDispose]())
  return redis
}

function clientOf(url: string, options: object = {}) {
  const client = new Redis(url, { retryStrategy: () => 5, ...options })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

it('serves clients and the real redis-cli on a socket of its own', async () => {
  const redis = await redisInTest()
  await clientOf(redis.url).set('greeting', 'hello')
  expect(await redis.cli('GET', 'greeting')).toBe('hello')
  await redis.configSet('maxmemory', 1000000)
  expect(await redis.cli('CONFIG', 'GET', 'maxmemory')).toBe('maxmemory\n1000000')
})

it('redis-cli rejects with the error that the server answers', async () => {
  const redis = await redisInTest()
  await expect(redis.cli('GET')).rejects.toThrow("wrong number of arguments for 'get' command")
})

it('leaves no process and no folder', async () => {
  const redis = await startRedis()
  const { pid, dir } = redis
  await redis[Symbol.asyncDispose]()
  expect(isAlive(pid)).toBe(false)
  expect(existsSync(dir)).toBe(false)
})

it.runIf(process.platform === 'linux')('ends with the process that started it', async () => {
  const path = fileURLToPath(new URL('../support/redis-holder-process.ts', import.meta.url))
  const holder = fork(path, { execArgv: [] })
  const [{ pid, dir }] = (await once(holder, 'message')) as [{ pid: number; dir: string }]
  onTestFinished(() => rmSync(dir, { recursive: true }))
  expect(isAlive(pid)).toBe(true)
  holder.kill('SIGKILL')
  await until(() => !isAlive(pid), 'the end of its redis-server')
})

it('ends though it is paused', async () => {
  const redis = await startRedis()
  await redis.pause()
  await redis[Symbol.asyncDispose]()
  expect(redis.isRunning).toBe(false)
})

it('comes back on the same port with what it held, or empty', async () => {
  const redis = await redisInTest({ tcp: 'plain' })
  const { url, pid } = redis
  await redis.cli('SET', 'kept', 'yes')
  await redis.restart({ empty: false })
  expect(redis.pid).not.toBe(pid)
  expect(redis.url).toBe(url)
  expect(await clientOf(url).get('kept')).toBe('yes')
  await redis.restart({ empty: true })
  expect(await redis.cli('DBSIZE')).toBe('0')
})

it('stands still while it is paused, and then answers', async () => {
  const redis = await redisInTest()
  const client = clientOf(redis.url)
  await client.ping()
  await redis.pause()
  const answer = client.incr('counter')
  expect(isStopped(redis.pid)).toBe(true)
  redis.resume()
  expect(await answer).toBe(1)
})

it('demands a password, and of users what their rules say, but of redis-cli nothing', async () => {
  const users = ['reader on >secret ~* +@read', 'default off']
  const redis = await redisInTest({ password: 'not "this"', users: users.slice(0, 1) })
  await expect(clientOf(redis.url).get('key')).rejects.toThrow('NOAUTH')
  await clientOf(redis.url, { password: 'not "this"' }).set('key', 'value')
  const reader = clientOf(redis.url, { username: 'reader', password: 'secret' })
  expect(await reader.get('key')).toBe('value')
  await expect(reader.set('key', 'other')).rejects.toThrow('NOPERM')
  expect(await redis.cli('GET', 'key')).toBe('value')
  const closed = await redisInTest({ users })
  expect(await closed.cli('PING')).toBe('PONG')
})

it('refuses to store more than its memory allows', async () => {
  const redis = await redisInTest({ config: { maxmemory: 1, 'maxmemory-policy': 'noeviction' } })
  await expect(clientOf(redis.url).set('key', 'value')).rejects.toThrow('OOM command not allowed')
})

it('speaks TLS as localhost, to those who trust its authority', async () => {
  const redis = await redisInTest({ tcp: 'tls' })
  expect(await clientOf(redis.url, { tls: { ca: redis.ca } }).ping()).toBe('PONG')
  const refusalOf = async (url: string, tls: object) => {
    const errors: Error[] = []
    clientOf(url, { tls }).on('error', error => errors.push(error))
    return (await until(() => errors[0], 'a refused certificate')).message
  }
  expect(await refusalOf(redis.url, {})).toMatch(/unable to verify|self-signed/)
  expect(await refusalOf(redis.url.replace('localhost', '127.0.0.1'), { ca: redis.ca })).toMatch(/altnames/)
})

it('says why it does not start', async () => {
  await expect(startRedis({ config: { maxmemory: 'plenty' } })).rejects.toThrow('maxmemory')
})
