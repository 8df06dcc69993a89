import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { FarConnection } from '../../../plugins/ports/far/far-connection.ts'
import { createFarConnections } from '../../../plugins/ports/far/far-connections.ts'
import { type AskFar, carry } from '../../../plugins/ports/near/carry.ts'
import { portsOptions } from '../../../plugins/ports/options.ts'
import { PIECE_BYTES } from '../../../plugins/ports/piece.ts'
import { until } from '../../support/until.ts'

/** Both ends of a connection on the loopback: of whoever made it, and of whoever listens. */
async function loopback(): Promise<{ from: Socket; to: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const from = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).pause()
  const [[to]] = await Promise.all([accepted, once(from, 'connect')])
  server.close()
  for (const socket of [from, to]) socket.on('error', () => {})
  onTestFinished(() => {
    from.destroy()
    to.destroy()
  })
  return { from, to }
}

/** A program on a port, and its connection as another computer has it. */
async function farConnection() {
  const clock = new FakeClock()
  const { from: socket, to: program } = await loopback()
  const far = new FarConnection(socket, clock)
  onTestFinished(() => far.close())
  let isOver = false
  void far.closed.then(() => {
    isOver = true
  })
  return { clock, socket, program, far, isOver: () => isOver }
}

/** The same with a client on the near side, and no network between the two. */
async function forwarded() {
  const there = await farConnection()
  const { from: client, to: socket } = await loopback()
  let asked = 0
  const ask = async (operation: string, input: object) => {
    asked++
    if (operation === 'ports.send') {
      const { seq, data, end } = input as { seq: number; data: Buffer; end: boolean }
      return { has_room: await there.far.send(seq, data, end) }
    }
    const { seq, through } = input as { seq: number; through: number }
    const piece = await there.far.receive(seq, through)
    return { data: piece.data, end: piece.end, is_late: piece.isLate }
  }
  // The answers are what the operations' schemas say.
  const ended = carry(socket, ask as AskFar, there.clock).then(
    () => null,
    (error: unknown) => error,
  )
  return { ...there, client, ended, asked: () => asked }
}

/** Counts what comes to a socket. */
function counted(socket: Socket): () => number {
  let bytes = 0
  socket.on('data', data => {
    bytes += data.length
  })
  socket.resume()
  return () => bytes
}

test('what a program said before it closed can still be fetched', async () => {
  const { far, socket, program, isOver } = await farConnection()
  program.end(Buffer.alloc(5 * PIECE_BYTES, 'x'))
  program.resume()
  const closed = once(socket, 'close')
  await far.send(1, Buffer.alloc(0), true)
  await closed
  let got = 0
  for (let seq = 1, isEnd = false; !isEnd; seq++) {
    expect(isOver()).toBe(false)
    const piece = await far.receive(seq, seq - 1)
    got += piece.data.length
    isEnd = piece.end
  }
  expect(got).toBe(5 * PIECE_BYTES)
  expect(await far.send(1, Buffer.alloc(0), true), 'the last piece, whose answer was lost').toBe(true)
  far.close()
  await far.closed
})

test('a program that breaks the connection has not said that this is all', async () => {
  const { far, program } = await farConnection()
  const asked = far.receive(1, 0)
  program.resetAndDestroy()
  await expect(asked).rejects.toMatchObject({ code: 'TC_ERR_PORT' })
})

test('a client is not told of an end where the connection was broken', async () => {
  const { client, program, ended } = await forwarded()
  const got = counted(client)
  const broken = once(client, 'end')
  program.write('half of it')
  await until(() => got() > 0, 'what was said')
  program.resetAndDestroy()
  await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(await ended).toMatchObject({ code: 'TC_ERR_PORT' })
})

test('a program is not told of an end where whoever sends to it has gone', async () => {
  const { far, program } = await farConnection()
  const got = counted(program)
  const broken = once(program, 'end')
  await far.send(1, Buffer.from('half of it'), false)
  await until(() => got() > 0, 'what was sent')
  far.close()
  await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('the last piece has come only when the system has it, so that closing then loses nothing', async () => {
  const { far, program, socket, clock } = await farConnection()
  let seq = 0
  // Until the system keeps no more for a program that does not read.
  while (!socket.writableNeedDrain) far.send(++seq, Buffer.alloc(PIECE_BYTES), false).catch(() => {})
  const last = far.send(++seq, Buffer.from('end'), true)
  await clock.advance(15_000)
  expect(await last).toBe(false)
  const again = far.send(seq, Buffer.from('end'), true)
  const got = counted(program)
  expect(await again).toBe(true)
  program.end()
  await until(() => got() === (seq - 1) * PIECE_BYTES + 3, 'all of it')
})

test('whoever sends on without waiting for room is refused', async () => {
  const { far, socket } = await farConnection()
  let seq = 0
  const send = () => far.send(++seq, Buffer.alloc(PIECE_BYTES), false)
  while (!socket.writableNeedDrain) send().catch(() => {})
  const sent = Array.from({ length: 20 }, send)
  await expect(Promise.race(sent)).rejects.toMatchObject({ code: 'TC_ERR_PROTOCOL' })
  expect(socket.writableLength).toBeLessThan(10 * PIECE_BYTES)
  await Promise.allSettled([far.close(), ...sent])
})

test('a half that stays open without a word is kept, and what is said in it later arrives', async () => {
  const { client, program, clock, isOver, ended } = await forwarded()
  program.end()
  client.resume()
  await once(client, 'end')
  for (let minute = 0; minute < 5; minute++) await clock.advance(60_000)
  expect(isOver()).toBe(false)
  const got = counted(program)
  client.end('late')
  expect(await ended).toBeNull()
  await until(() => got() === 4, 'what was sent late')
})

test('a client that goes away while much is sent to it ends the connection', async () => {
  const { client, program, ended } = await forwarded()
  client.end()
  const isWriting = () => program.write(Buffer.alloc(PIECE_BYTES)) || program.destroyed
  while (isWriting());
  client.destroy()
  expect(await ended).not.toBeNull()
})

test('what is being connected when the plugin closes is closed too', async () => {
  const server = createServer(socket => void socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const clock = new FakeClock()
  const connections = createFarConnections(clock, portsOptions.parse({}))
  const { port } = server.address() as AddressInfo
  const opening = connections.open({ kind: 'peer', computer: 'macbook', scopes: '*' }, 'a'.repeat(32), port)
  connections.closeAll()
  await expect(opening).rejects.toMatchObject({ code: 'TC_ERR_PORT' })
  expect(clock.timers).toBe(0)
})
