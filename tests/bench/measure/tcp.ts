import { once } from 'node:events'
import { connect } from 'node:net'

/** A connection to a program that echoes. */
export async function openEcho(port: number) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return {
    /** One byte there and back. */
    async byte() {
      const isBack = once(socket, 'data')
      socket.write('x')
      await isBack
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** A new connection to a program that echoes, until it has brought a byte back. */
export async function connectForByte(port: number): Promise<void> {
  using echo = await openEcho(port)
  await echo.byte()
}

/** Sends everything over a new connection; settles when the other side says that it has all. */
export async function sendAll(port: number, bytes: Buffer): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const answered = once(socket, 'data')
  socket.end(bytes)
  await answered
  socket.destroy()
}

/** Takes all that a new connection brings. @throws where that is not so many bytes */
export async function receiveAll(port: number, bytes: number): Promise<void> {
  let left = bytes
  const socket = connect({ port, host: '127.0.0.1' }).on('data', piece => {
    left -= piece.length
  })
  await once(socket, 'close')
  if (left !== 0) throw new Error(`${left} of ${bytes} bytes did not come`)
}
