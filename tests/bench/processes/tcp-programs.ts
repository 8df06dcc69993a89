/**
 * `tcp-programs.ts <bytes>`: three programs on the loopback, whose ports it prints. One echoes, one says when it has been
 * sent everything, and one sends so many bytes.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'

const bytes = Buffer.alloc(Number(process.argv[2]), 'x')

const echo = (socket: Socket) => void socket.setNoDelay().pipe(socket)
const sink = (socket: Socket) => void socket.resume().on('end', () => socket.end('all'))
const source = (socket: Socket) => void socket.end(bytes)

const ports = [echo, sink, source].map(async program => {
  const server = createServer({ allowHalfOpen: true }, program).listen(0, '127.0.0.1')
  await new Promise<void>(resolve => void server.once('listening', resolve))
  return (server.address() as AddressInfo).port // it listens on TCP
})
process.stdout.write(`ports ${(await Promise.all(ports)).join(' ')}\n`)
process.stdin.on('end', () => process.exit()).resume()
