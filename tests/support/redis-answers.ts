import { connect } from 'node:net'

/** Whether a server behind a socket answers PING, be it by asking for a password. */
export function redisAnswers(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(socketPath, () => socket.write('PING\r\n'))
    const settle = (answers: boolean) => {
      resolve(answers)
      socket.destroy()
    }
    socket.once('data', reply => settle(/^(\+PONG|-NOAUTH)/.test(reply.toString())))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}
