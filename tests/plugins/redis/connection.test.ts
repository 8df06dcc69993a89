import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { certificatePath } from '../../support/redis-configuration.ts'
import { startRedis } from '../../support/redis-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'
import { connectedLink, connections } from './connected-link.ts'
import { documentedAcl } from './documented-acl.ts'

const PASSWORD = 'open-sesame-%/@?#'
const inUrl = encodeURIComponent(PASSWORD)

test('over a Unix socket, and over TCP', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  for (const url of [redis.socketPath, `unix://${redis.socketPath}`, redis.url]) {
    await using link = await connectedLink({ url })
    await link.up()
    expect(link.link.nodes()).toEqual([''])
    expect(await link.link.commands.ping()).toBe('PONG')
  }
})

test('with a password and a user, in the url or beside it', async () => {
  const users = [`carrier on >${PASSWORD} ${documentedAcl()}`]
  await using redis = await startRedis({ tcp: 'plain', password: PASSWORD, users })
  const at = `127.0.0.1:${redis.port}`
  for (const options of [
    { url: `redis://:${inUrl}@${at}` },
    { url: `redis://carrier:${inUrl}@${at}` },
    { url: `redis://nobody:wrong@${at}`, username: 'carrier', password: PASSWORD },
    { url: `unix://${redis.socketPath}`, password: PASSWORD },
  ]) {
    await using link = await connectedLink(options)
    await link.up()
  }
})

test.each([
  ['a wrong password', { password: 'guess-and-fail' }, 'refuses the user or the password'],
  ['no password', {}, 'wants a password'],
  ['a wrong user', { username: 'nobody', password: PASSWORD }, 'refuses the user or the password'],
])('%s is said, and the server is not hammered with it', async (_, who, text) => {
  await using redis = await startRedis({ tcp: 'plain', password: PASSWORD })
  await using proxy = await startTcpProxy({ to: redis.port })
  const clock = new FakeClock()
  await using link = await connectedLink({ url: `redis://127.0.0.1:${proxy.port}`, ...who }, clock)
  await link.down(text)
  await clock.advance(2000)
  expect(proxy.accepted).toBe(1)
  await clock.advance(3000)
  await until(() => proxy.accepted > 1, 'another attempt')
})

test('nothing that is said or logged holds a password', async () => {
  await using redis = await startRedis({ tcp: 'plain', password: PASSWORD })
  const url = `redis://carrier:${encodeURIComponent('s3cr3t-guess')}@127.0.0.1:${redis.port}`
  await using link = await connectedLink({ url })
  await link.down('refuses')
  const failure = await link.link.connect('', 'reader', 0).catch((error: unknown) => error)
  expect(failure).toSatisfy(error => isTeleclaudeError(error, 'TC_ERR_TRANSPORT'))
  const everything = [JSON.stringify(link.states), String(failure), ...link.lines].join('\n')
  expect(everything).toContain('refuses')
  expect(everything).not.toContain('s3cr3t-guess')
})

test('what a failing command had in it is in no error', async () => {
  await using redis = await startRedis()
  await using link = await connectedLink({ url: redis.url })
  await link.up()
  await redis.cli('SET', 'teleclaude:messages:beta', 'x')
  const thrown = await link.link.commands
    .xadd('teleclaude:messages:beta', '*', 'm', 'hush-hush')
    .catch((error: unknown) => error)
  const { error, outcome } = link.link.failed(thrown)
  expect(error.message).toContain('holds something else under a key of ours')
  expect(error.cause).toBeUndefined()
  expect(outcome).toBe('refused')
  expect(link.link.state.up).toBe(true)
})

test('TLS, with the authority of the certificate and without', async () => {
  await using redis = await startRedis({ tcp: 'tls' })
  await using trusting = await connectedLink({ url: redis.url, tls: { ca: redis.ca } })
  await trusting.up()
  await using link = await connectedLink({ url: redis.url })
  await link.down('shows a certificate that is not trusted here')
})

test('TLS to a server that shows the certificate of another name', async () => {
  await using redis = await startRedis({ tcp: 'tls' })
  const tls = { ca: redis.ca, servername: 'redis.example' }
  await using link = await connectedLink({ url: redis.url, tls })
  await link.down('shows a certificate of another name')
})

test('a variable of the environment does not switch off the checks of certificates', async () => {
  await using redis = await startRedis({ tcp: 'tls' })
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  try {
    await using link = await connectedLink({ url: redis.url })
    await link.down('not trusted here')
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  }
})

test('a server that asks for a certificate of ours', async () => {
  const config = { 'tls-auth-clients': 'yes', 'tls-ca-cert-file': certificatePath('client.pem') }
  await using redis = await startRedis({ tcp: 'tls', config })
  const cert = readFileSync(certificatePath('client.pem'), 'utf8')
  const key = readFileSync(certificatePath('client-key.pem'), 'utf8')
  await using link = await connectedLink({ url: redis.url, tls: { ca: redis.ca, cert, key } })
  await link.up()
  await using without = await connectedLink({ url: redis.url, tls: { ca: redis.ca } })
  await without.down('wants a certificate of ours')
})

test.each([
  ['a server without TLS is asked for it', 'plain', 'rediss', 'whether it has TLS at that port'],
  ['a server with TLS is not asked for it', 'tls', 'redis', 'whether it wants TLS (rediss://)'],
] as const)('%s', async (_, tcp, scheme, text) => {
  await using redis = await startRedis({ tcp })
  const url = `${scheme}://localhost:${redis.port}`
  await using link = await connectedLink({ url, connectTimeoutMs: 300 })
  await link.down(text)
})

test('a server that is no Redis', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  try {
    await using link = await connectedLink({ url: `redis://127.0.0.1:${port}` })
    await link.down('does not speak like a Redis')
  } finally {
    server.close()
  }
})

test('nothing is left at the server after it is closed', async () => {
  await using redis = await startRedis()
  const link = await connectedLink({ url: redis.url })
  await link.up()
  await link.link.connect('', 'reader', 5000)
  expect(await connections(redis)).toEqual(['teleclaude:alpha:commands', 'teleclaude:alpha:reader'])
  await link.link.close()
  expect(await connections(redis)).toEqual([])
})

test('it can be closed while it connects, and while it waits', async () => {
  await using redis = await startRedis({ tcp: 'plain' })
  await using proxy = await startTcpProxy({ to: redis.port })
  proxy.freeze()
  const connecting = await connectedLink({ url: `redis://127.0.0.1:${proxy.port}` })
  await until(() => proxy.accepted > 0, 'a connection')
  await connecting.link.close()
  const waiting = await connectedLink({ url: '/nowhere/redis.sock' })
  await waiting.down('no socket')
  await waiting.link.close()
  expect(() => waiting.link.commands).toThrow()
})
