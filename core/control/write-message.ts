import type { Socket } from 'node:net'
import type { Attached } from '../attached-bytes.ts'
import { frontLine } from './message-splitter.ts'

/** Writes a message in one go. Returns whether the other side can take more at once. */
export function writeMessage(socket: Socket, json: string, attached: Attached | null): boolean {
  if (!attached) return socket.write(`${json}\n`)
  socket.cork()
  socket.write(frontLine(attached))
  socket.write(attached.bytes)
  const hasRoom = socket.write(`${json}\n`)
  socket.uncork()
  return hasRoom
}
