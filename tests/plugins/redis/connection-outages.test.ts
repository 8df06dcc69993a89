import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { startRedis } from '../../support/redis-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'
import { connectedLink, connections } from './connected-link.ts'

test('nothing where the server should be', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await redis.stop()
  await using socket = await connectedLink({ url: redis.socketPath })
  await socket.down('is not running there')
  await using tcp = await connectedLink({ url: redis.url })
  await tcp.down('is not running there')
  await using path = await connectedLink({ url: '/nowhere/redis.sock' })
  await path.down('has no socket of that path')
})

test('while it is down everything fails at once, and nothing is sent later', async () => {
  await using redis = await startRedis()
  await redis.stop()
  await using link = await connectedLink({ url: redis.url })
  await link.down('is not running there')
  expect(() => link.link.commands).toThrow(/^Redis \(.+\) is not running there/)
  await expect(link.link.connect('', 'reader', 0)).rejects.toThrow(/is not running there/)
  await redis.start()
  await link.up()
})

test('a server that is killed and comes back', async () => {
  await using redis = await startRedis()
  await using link = await connectedLink({ url: redis.url })
  await link.up()
  for (let round = 0; round < 3; round++) {
    await redis.stop()
    await until(() => !link.link.state.up, 'a link that is down')
    await redis.start()
    await link.up()
  }
})

test('commands under way when the connection breaks are rejected, their outcome unknown', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using proxy = await startTcpProxy({ to: redis.port })
  await using link = await connectedLink({ url: `redis://127.0.0.1:${proxy.port}` })
  await link.up()
  proxy.freeze()
  const sent = link.link.commands.set('teleclaude:x', '1').catch((error: unknown) => error)
  proxy.cutAll()
  expect(link.link.failed(await sent).outcome).toBe('unknown')
  proxy.unfreeze()
  await until(() => link.states.length >= 3, 'a connection made anew')
  await link.up()
})

test('a server that hangs is taken for dead after the deadline, and used again when it goes on', async () => {
  await using redis = await startRedis()
  await using link = await connectedLink({ url: redis.url, commandTimeoutMs: 200 })
  await link.up()
  await redis.pause()
  const sent = link.link.commands.ping().catch((error: unknown) => error)
  await link.down('does not answer')
  expect(link.link.failed(await sent).outcome).toBe('unknown')
  redis.resume()
  await link.up()
})

test('a network that silently lost the connection is noticed though nobody uses it', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using proxy = await startTcpProxy({ to: redis.port })
  const clock = new FakeClock()
  const url = `redis://127.0.0.1:${proxy.port}`
  await using link = await connectedLink({ url, commandTimeoutMs: 200 }, clock)
  await link.up()
  proxy.halfOpen()
  await clock.advance(2000)
  await link.down('does not answer')
  await clock.advance(500)
  await link.up()
})

test('a network that lets nothing through', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using proxy = await startTcpProxy({ to: redis.port })
  proxy.freeze()
  const options = { connectTimeoutMs: 200, commandTimeoutMs: 200 }
  await using link = await connectedLink({ url: `redis://127.0.0.1:${proxy.port}`, ...options })
  await link.down('does not answer')
  proxy.unfreeze()
  await link.up()
})

test('what was begun while the network was away, and will never be answered, holds up nothing', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using proxy = await startTcpProxy({ to: redis.port })
  proxy.freeze()
  const options = { connectTimeoutMs: 60_000, commandTimeoutMs: 60_000 }
  await using link = await connectedLink({ url: `redis://127.0.0.1:${proxy.port}`, ...options })
  await until(() => proxy.accepted > 0, 'a first attempt')
  proxy.halfOpen()
  proxy.unfreeze()
  await link.up()
  expect(await connections(redis)).toEqual(['teleclaude:alpha:commands'])
})

test('a server that never answers is tried again and again, over four connections at most', async () => {
  const open = new Set<Socket>()
  let accepted = 0
  const server = createServer(socket => {
    accepted += 1
    open.add(socket.resume())
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const clock = new FakeClock()
  const link = await connectedLink({ url: `redis://127.0.0.1:${port}`, commandTimeoutMs: 60_000 }, clock)
  for (let attempt = 1; attempt <= 10; attempt++) {
    await until(() => accepted === attempt && open.size === Math.min(attempt, 4), 'another attempt')
    await clock.advance(500)
  }
  await link.link.close()
  await until(() => open.size === 0, 'no connection')
  server.close()
})

test('connections for blocking reads end with the link, and reject what was under way', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using proxy = await startTcpProxy({ to: redis.port })
  await using link = await connectedLink({ url: `redis://127.0.0.1:${proxy.port}` })
  await link.up()
  const reader = await link.link.connect('', 'reader', 5000)
  const read = reader.xread('BLOCK', 5000, 'STREAMS', 'teleclaude:x', '$').catch((error: unknown) => error)
  await link.link.commands.ping()
  proxy.cutAll()
  expect(link.link.failed(await read).outcome).toBe('unknown')
  expect(reader.status).toBe('end')
})

test('a blocking read outlasts the deadline of commands, but not its own', async () => {
  await using redis = await startRedis()
  await using link = await connectedLink({ url: redis.url, commandTimeoutMs: 200 })
  await link.up()
  const reader = await link.link.connect('', 'reader', 400)
  expect(await reader.xread('BLOCK', 400, 'STREAMS', 'teleclaude:x', '$')).toBeNull()
  const stuck = reader.xread('BLOCK', 60_000, 'STREAMS', 'teleclaude:x', '$')
  const { error } = link.link.failed(await stuck.catch((thrown: unknown) => thrown))
  expect(error.message).toMatch(/closed the connection|does not answer/)
  expect(link.link.state.up).toBe(true)
})
