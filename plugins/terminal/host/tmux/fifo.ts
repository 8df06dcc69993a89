import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What the names of pipes end with. */
export const PIPE = '.pipe'
const READ_BYTES = 64 * 1024
/** Such a piece is written as a whole or not at all. */
const PIECE_BYTES = 512
/** Reads are handled before the next one begins, so all pipes share one buffer. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

/** Both ends of a named pipe. */
export interface Fifo {
  readonly path: string
  readonly reader: number
  readonly writer: number
}

/** @param folder one that nobody else can enter */
export async function openFifo(folder: string): Promise<Fifo> {
  const path = join(folder, `${randomBytes(9).toString('hex')}${PIPE}`)
  await promisify(execFile)('mkfifo', ['-m', '600', path], { env: { PATH: '/usr/bin:/bin' } })
  try {
    return { path, ...openEnds(path) }
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

function openEnds(path: string): Pick<Fifo, 'reader' | 'writer'> {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) }
  } catch (error) {
    closeSync(reader)
    throw error
  }
}

/** How many bytes an empty pipe takes before its writer has to wait: on most computers 64 KiB. */
export function capacityOf({ reader, writer }: Fifo): number {
  const capacity = fill(writer)
  for (let left = capacity; left > 0; ) left -= readSync(reader, readBuffer)
  return capacity
}

function fill(writer: number): number {
  const piece = Buffer.alloc(PIECE_BYTES)
  for (let bytes = 0; ; ) {
    try {
      bytes += writeSync(writer, piece)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return bytes // what file calls throw
      throw error
    }
  }
}

/**
 * What comes out of a pipe. It is paused at first; while it is, nothing more is taken out of the pipe.
 * @param onBytes its bytes are only good during the call
 */
export function readFifo(fd: number, onBytes: (bytes: Buffer) => void): Socket {
  const callback = (length: number) => {
    onBytes(readBuffer.subarray(0, length))
    return true
  }
  // The types leave `onread` out here; net.Socket takes it with a descriptor too.
  const options = { fd, readable: true, writable: false, onread: { buffer: readBuffer, callback } } as object
  const socket = new Socket(options)
  socket.on('error', () => {})
  socket.pause()
  return socket
}
