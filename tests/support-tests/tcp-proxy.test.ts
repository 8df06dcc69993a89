import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/until.ts'

/** A server that sends back what it gets, behind a proxy. */
async function echoInTest(options: { listen?: string; clock?: Clock } = {}) {
  const to = join(tempDir(), 'echo.sock')
  const peers: Socket[] = []
  const echo = createServer(socket => {
    peers.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  await once(echo.listen(to), 'listening')
  const proxy = await startTcpProxy({ to, ...options })
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]()
    echo.close()
  })
  return { proxy, peers }
}

async function clientOf(place: number | string) {
  const socket = typeof place === 'string' ? connect(place) : connect(place, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'connect')
  const got = () => Buffer.concat(chunks).toString()
  const gets = (text: string) => until(() => got() === text, `${JSON.stringify(text)} at the client`)
  const isClosed = () => socket.destroyed
  return { socket, got, gets, isClosed, closes: () => until(isClosed, 'the end of the connection') }
}

it('passes bytes both ways, and their end', async () => {
  const { proxy, peers } = await echoInTest()
  const client = await clientOf(proxy.port)
  client.socket.end('hello')
  await client.closes()
  expect(client.got()).toBe('hello')
  await until(() => peers[0]?.destroyed && proxy.connections === 0, 'an end on all sides')
  expect(proxy.accepted).toBe(1)
})

it('listens on a Unix socket', async () => {
  const listen = join(tempDir(), 'proxy.sock')
  const { proxy } = await echoInTest({ listen })
  const client = await clientOf(listen)
  client.socket.write('hello')
  await client.gets('hello')
  await proxy[Symbol.asyncDispose]()
  expect(existsSync(listen)).toBe(false)
})

it('tells the client when the server cannot be reached', async () => {
  const proxy = await startTcpProxy({ to: join(tempDir(), 'nobody.sock') })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  await (await clientOf(proxy.port)).closes()
  await until(() => proxy.connections === 0, 'no connection')
})

it('delays what passes, in each direction', async () => {
  const clock = new FakeClock()
  const { proxy, peers } = await echoInTest({ clock })
  const client = await clientOf(proxy.port)
  proxy.setDelay(50)
  client.socket.write('hello')
  await until(() => clock.timers === 1, 'a request on its way')
  await clock.advance(49)
  expect(peers.map(({ bytesRead }) => bytesRead)).toEqual([0])
  await clock.advance(1)
  await until(() => clock.timers === 1, 'an answer on its way')
  expect(client.got()).toBe('')
  await clock.advance(50)
  await client.gets('hello')
})

it('keeps the order when the delay becomes shorter', async () => {
  const clock = new FakeClock()
  const { proxy } = await echoInTest({ clock })
  const client = await clientOf(proxy.port)
  proxy.setDelay(50)
  client.socket.write('first ')
  await until(() => clock.timers === 1, 'a piece on its way')
  proxy.setDelay(0)
  client.socket.end('second')
  await clock.advance(50)
  await client.closes()
  expect(client.got()).toBe('first second')
})

it('has megabytes on their way at once, and in order', async () => {
  const { proxy } = await echoInTest()
  proxy.setDelay(20)
  const client = await clientOf(proxy.port)
  const text = Array.from({ length: 1_000_000 }, (_, line) => `${line}\n`).join('')
  client.socket.end(text)
  await client.closes()
  expect(client.got() === text).toBe(true)
})

it('passes nothing while frozen, keeps the connections, and then passes it all', async () => {
  const { proxy, peers } = await echoInTest()
  const before = await clientOf(proxy.port)
  before.socket.write('1')
  await before.gets('1')
  proxy.freeze()
  before.socket.write('2')
  peers[0]?.write('3')
  const during = await clientOf(proxy.port)
  during.socket.write('4')
  await until(() => proxy.connections === 2, 'a new connection')
  const elsewhere = await echoInTest()
  const probe = await clientOf(elsewhere.proxy.port)
  probe.socket.write('passes here')
  await probe.gets('passes here')
  expect([before.got(), during.got()]).toEqual(['1', ''])
  proxy.unfreeze()
  await until(() => before.got().length === 3, 'what was held back')
  await during.gets('4')
})

it('cuts all connections, and new ones work', async () => {
  const { proxy, peers } = await echoInTest()
  const clients = [await clientOf(proxy.port), await clientOf(proxy.port)]
  await until(() => peers.length === 2, 'two connections')
  proxy.cutAll()
  for (const client of clients) await client.closes()
  await until(() => peers.every(peer => peer.destroyed), 'cut connections')
  const next = await clientOf(proxy.port)
  next.socket.write('hello')
  await next.gets('hello')
})

it('cuts once, in the middle of a reply', async () => {
  const { proxy } = await echoInTest()
  const cut = proxy.cutAfterBytes(8)
  const client = await clientOf(proxy.port)
  client.socket.write('hello')
  await client.gets('hello')
  client.socket.write('world')
  await cut
  await client.closes()
  expect(client.got()).toBe('hellowor')
  const next = await clientOf(proxy.port)
  next.socket.end('a longer reply')
  await next.closes()
  expect(next.got()).toBe('a longer reply')
})

it('black-holes the connections there are, tells neither side, and new ones work', async () => {
  const { proxy, peers } = await echoInTest()
  const old = await clientOf(proxy.port)
  old.socket.write('1')
  await old.gets('1')
  proxy.halfOpen()
  expect(proxy.connections).toBe(0)
  old.socket.write('2')
  const next = await clientOf(proxy.port)
  next.socket.end('hello')
  await next.closes()
  expect(next.got()).toBe('hello')
  expect([old.got(), old.isClosed(), peers[0]?.destroyed]).toEqual(['1', false, false])
  old.socket.destroy()
  await once(old.socket, 'close')
  expect(peers[0]?.destroyed).toBe(false)
})

it('black-holes those alone that began with a word', async () => {
  const { proxy } = await echoInTest()
  const [one, other] = [await clientOf(proxy.port), await clientOf(proxy.port)]
  one.socket.write('I am one')
  other.socket.write('I am another')
  await one.gets('I am one')
  await other.gets('I am another')
  proxy.halfOpen('am one')
  expect(proxy.connections).toBe(1)
  one.socket.write('.')
  other.socket.end('.')
  await other.gets('I am another.')
  expect(one.got()).toBe('I am one')
})
