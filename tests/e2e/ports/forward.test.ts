import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { commandLine, type Running } from '../../support/command-line.ts'
import { freePort } from '../../support/free-port.ts'
import { sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation'], { plugins: ['terminal', 'registry', 'ports'] })
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')

/** A server that the workstation has on its loopback. */
async function serve(onConnection: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  return await listening(server, host)
}

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const echo = (socket: Socket) => void socket.pipe(socket)

interface Forwarded {
  readonly running: Running
  readonly port: number
  /** What it has said, of one kind. */
  news(type: string): readonly Record<string, unknown>[]
}

function start(to: number, computer: string, ...options: string[]): Running {
  const env = { TELECLAUDE_CONFIG: macbook().env.TELECLAUDE_CONFIG ?? '' }
  const args = ['forward', String(to), '--computer', computer, '--json', '--local', '0', ...options]
  return commandLine(macbook().home).start(args, { env })
}

/** Settles with why it ended, where it did before it listened. */
async function refused(to: number, computer = 'workstation'): Promise<string> {
  const running = start(to, computer)
  onTestFinished(async () => {
    running.child.kill('SIGINT')
    await running.ended
  })
  await until(() => running.stdout() !== '' || running.child.exitCode !== null, 'an answer')
  expect(running.stdout()).toBe('')
  const { code, stderr } = await running.ended
  expect(code).toBe(1)
  return stderr
}

async function forward(to: number, ...options: string[]): Promise<Forwarded> {
  const running = start(to, 'workstation', ...options)
  onTestFinished(async () => {
    running.child.kill('SIGINT')
    await running.ended
  })
  const news = (type: string) =>
    running
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as Record<string, unknown>)
      .filter(one => one.type === type)
  await until(() => news('listening').length > 0 || running.child.exitCode !== null, 'the local port')
  return { running, news, port: Number(news('listening')[0]?.port) }
}

/** Connects, sends everything, and settles with all that came back. */
async function exchange(port: number, sent: Buffer): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(sent)
  const pieces: Buffer[] = []
  for await (const piece of socket) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

test('bytes go there and back, in order, and an end on one side leaves the other open', async () => {
  const { port } = await forward(await serve(echo))
  for (const bytes of [0, 1, 65_536, 3 * 2 ** 20 + 5]) {
    const sent = randomBytes(bytes)
    expect((await exchange(port, sent)).equals(sent), `${bytes} bytes`).toBe(true)
  }
})

test('a web page is got through it', async () => {
  const far = await listening(
    createHttpServer((request, response) => response.end(`you asked for ${request.url}`)),
  )
  const { port } = await forward(far)
  expect(await (await fetch(`http://127.0.0.1:${port}/a?b`)).text()).toBe('you asked for /a?b')
})

test('a program that listens on the other loopback address is reached too', async () => {
  const { port } = await forward(await serve(echo, '::1'))
  expect(String(await exchange(port, Buffer.from('six')))).toBe('six')
})

test('many connections at once keep apart', async () => {
  const { port, news } = await forward(await serve(echo))
  const all = Array.from({ length: 20 }, (_, at) => Buffer.alloc(20_000, at))
  const back = await Promise.all(all.map(sent => exchange(port, sent)))
  expect(back.every((got, at) => got.equals(all[at] ?? got))).toBe(true)
  await until(() => news('connections').at(-1)?.open === 0, 'all to be over')
})

test('whoever sends faster than the other side reads is made to wait', async () => {
  let taken: Socket | undefined
  const far = await serve(socket => {
    taken = socket.pause()
  })
  const { port } = await forward(far)
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  const all = 12 * 2 ** 20
  let isDone = false
  socket.end(Buffer.alloc(all), () => {
    isDone = true
  })
  await until(() => taken !== undefined, 'the connection there')
  await until(
    async () =>
      (await macbook().call<{ mesh: { counts: { sent: number } } }>('daemon.status')).mesh.counts.sent > 8,
    'something sent',
  )
  expect(isDone).toBe(false)
  expect(socket.bytesWritten - socket.writableLength).toBeLessThan(all)
  let got = 0
  taken?.on('data', piece => {
    got += piece.length
  })
  taken?.resume()
  await until(() => got === all, 'all of it', 30_000)
})

test('a port on which nobody listens is told of, and the connection closed', async () => {
  const { port, news } = await forward(await freePort())
  expect(await exchange(port, Buffer.from('x')).catch(() => Buffer.alloc(0))).toHaveLength(0)
  await until(() => news('problem').length > 0, 'the reason')
  expect(news('problem')[0]?.message).toMatch(/Nobody answers on port \d+ there: .*ECONNREFUSED/)
})

test('a server that goes away closes its connections here, and serves again when it is back', async () => {
  const sockets: Socket[] = []
  const server = createServer(socket => void sockets.push(socket.on('error', () => {})))
  const far = await listening(server)
  const { port } = await forward(far)
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  await until(() => sockets.length > 0, 'the connection there')
  server.close()
  for (const one of sockets) one.destroy()
  await until(() => socket.destroyed, 'the end here')
  const again = createServer({ allowHalfOpen: true }, echo)
  again.listen(far, '127.0.0.1')
  await once(again, 'listening')
  onTestFinished(() => void again.close())
  expect(String(await exchange(port, Buffer.from('back')))).toBe('back')
})

test('a client that goes away closes the connection there', async () => {
  const closed = Promise.withResolvers<void>()
  const far = await serve(socket => {
    socket.resume()
    socket.on('close', () => closed.resolve())
    socket.on('end', () => socket.end())
  })
  const { port } = await forward(far)
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  await once(socket, 'connect')
  socket.write('hello')
  socket.resetAndDestroy()
  await closed.promise
})

test.each([
  ['Ctrl-C', 'SIGINT', 0],
  ['kill -9', 'SIGKILL', null],
] as const)('%s ends it, here and there', async (_what, signal, code) => {
  const there: Socket[] = []
  const { port, running } = await forward(await serve(socket => void there.push(socket.resume())))
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  await until(() => there.length > 0, 'the connection there')
  running.child.kill(signal)
  expect((await running.ended).code).toBe(code)
  await until(() => socket.destroyed, 'the end here')
  await until(() => there[0]?.destroyed || there[0]?.readableEnded, 'the end there')
  const isRefused = () =>
    once(
      connect({ port, host: '127.0.0.1' }).on('error', () => {}),
      'connect',
    ).then(
      () => false,
      (error: { code?: string }) => error.code === 'ECONNREFUSED',
    )
  await until(isRefused, 'nobody to listen')
})

test('a local port that is taken is told of', async () => {
  const taken = await serve(echo)
  const { running } = await forward(3000, '--local', String(taken))
  const { code, stderr } = await running.ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/Port \d+ of this computer cannot be used: another program has it.*--local/)
})

test.each([[80], [22]])('port %i is not given to others unless the configuration names it', async port => {
  expect(await refused(port)).toMatch(/not one that others may reach.*1024-65535/)
  const stream = randomBytes(16).toString('hex')
  await expect(macbook().call('ports.open', { computer: 'workstation', port, stream })).rejects.toMatchObject(
    { code: 'TC_ERR_FORBIDDEN' },
  )
})

test('what every connection would be refused ends the command before it listens', async () => {
  expect(await refused(3000, 'gamma')).toMatch(/no computer 'gamma' is known/)
  await mesh().join('bare', { plugins: ['terminal', 'registry'] })
  await sees(macbook(), 'bare')
  expect(await refused(3000, 'bare')).toMatch(/'bare' gives its ports to nobody: add the plugin ports/)
  await workstation().call('peers.limit', { peer: 'macbook', scopes: ['computers:read'] })
  expect(await refused(3000)).toMatch(/ports:connect/)
  await workstation().call('peers.trust', { peer: 'macbook' })
  await macbook().call('peers.revoke', { peer: 'workstation' })
  expect(await refused(3000)).toMatch(/'workstation' was revoked/)
  await macbook().call('peers.trust', { peer: 'workstation' })
})

test('a computer that may not connect does not, and nobody uses the connections of another one', async () => {
  const far = await serve(echo)
  const stream = randomBytes(16).toString('hex')
  await macbook().call('ports.open', { computer: 'workstation', port: far, stream })
  await expect(
    workstation().call('ports.send', { stream, seq: 1, data: '', end: true }),
  ).rejects.toMatchObject({ code: 'TC_ERR_PORT' })
  await workstation().call('peers.limit', { peer: 'macbook', scopes: ['computers:read'] })
  await expect(
    macbook().call('ports.open', {
      computer: 'workstation',
      port: far,
      stream: randomBytes(16).toString('hex'),
    }),
  ).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN' })
  await workstation().call('peers.trust', { peer: 'macbook' })
})

test('a new connection waits for a network that is away, and says so', async () => {
  const { port, news } = await forward(await serve(echo))
  await mesh().redis.stop({ save: true })
  const answer = exchange(port, Buffer.from('new'))
  await until(() => news('problem').length > 0, 'what it waits for')
  expect(news('problem')[0]?.message).toMatch(/A new connection waits/)
  await mesh().redis.start()
  expect(String(await answer)).toBe('new')
  expect(news('problem').length).toBe(1)
})

test('whoever begins while the network is away is told of it, and served when it is back', async () => {
  const far = await serve(echo)
  await mesh().redis.stop({ save: true })
  const { port, news } = await forward(far)
  expect(news('problem')[0]?.message).toMatch(/A new connection waits/)
  await mesh().redis.start()
  expect(String(await exchange(port, Buffer.from('first')))).toBe('first')
})

test('what is no base64 is refused, and nothing of it reaches the port', async () => {
  const got: Buffer[] = []
  const port = await serve(socket => void socket.on('data', data => got.push(data)))
  const far = { computer: 'workstation', stream: randomBytes(16).toString('hex') }
  await macbook().call('ports.open', { ...far, port })
  await expect(
    macbook().call('ports.send', { ...far, seq: 1, data: 'not base64!', end: false }),
  ).rejects.toMatchObject({ code: 'TC_ERR_INVALID_INPUT', message: expect.stringMatching(/data/) })
  await macbook().call('ports.send', { ...far, seq: 1, data: 'Zm9v', end: false })
  await until(() => got.length > 0, 'what was sent after it')
  expect(String(Buffer.concat(got))).toBe('foo')
})

test('connections go on through a lost network, and end with the daemon on either side', async () => {
  const there: Socket[] = []
  const far = await serve(socket => {
    there.push(socket)
    echo(socket)
  })
  const { port } = await forward(far)
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  let got = ''
  socket.on('data', piece => {
    got += String(piece)
  })
  socket.write('one')
  await until(() => got === 'one', 'the first echo')
  await mesh().redis.restart({ empty: true })
  socket.write('two')
  await until(() => got === 'onetwo', 'the second echo', 20_000)
  await workstation().kill('SIGKILL')
  await until(() => there[0]?.destroyed || there[0]?.readableEnded, 'the end there')
  await workstation().start()
  await until(
    async () => String(await exchange(port, Buffer.from('new')).catch(() => '')) === 'new',
    'a new connection',
    30_000,
  )
})

test('a forwarding goes on when the daemon of this computer is back', async () => {
  const { port, news, running } = await forward(await serve(echo), '--local', String(await freePort()))
  await macbook().kill('SIGKILL')
  await until(() => news('problem').length > 0, 'the daemon to be missed')
  await macbook().start()
  await until(() => news('listening').length > 1 || running.child.exitCode !== null, 'the port again', 30_000)
  expect(running.stderr()).toBe('')
  expect(String(await exchange(port, Buffer.from('again')))).toBe('again')
})
