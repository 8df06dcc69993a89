import { connect, type Socket } from 'node:net'
import type { Clock } from '../../../core/index.ts'
import { controlFrame, FrameReader } from './frames.ts'
import { hostError, refusedBy } from './host-errors.ts'
import { type FromHost, PROTOCOL } from './protocol.ts'

/** A connection on which both sides know which version they speak. */
export interface Greeting {
  readonly socket: Socket
  readonly frames: FrameReader
  readonly welcome: FromHost & { type: 'welcome' }
  /** From now on what comes is given to `fn`; it is only good during the call. */
  receive(fn: (chunk: Buffer) => void): void
}

/** A host answers at once, or when it has found what runs in tmux; one that is stopped never does. */
const HELLO_DEADLINE_MS = 6_000
/** As much as Node.js reads at once by itself; into one buffer, because one for each read is soon the most of the daemon's memory. */
const READ_BYTES = 64 * 1024

/** Says hello to the host at `path`. @throws TC_ERR_TERMINAL_HOST if there is none, or it speaks another version */
export function greet(path: string, clock: Clock): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    let receive = (chunk: Buffer) => onGreeting(chunk)
    const socket = connectTo(path, chunk => receive(chunk))
    const frames = new FrameReader()
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    const onError = (error: Error) => fail(hostError(error.message, error))
    const onClose = () => fail(hostError('it closed the connection', connectionReset()))
    socket.on('error', onError).on('close', onClose)
    socket.on('connect', () => socket.write(controlFrame({ type: 'hello', protocol: PROTOCOL })))
    const onGreeting = (chunk: Buffer) => {
      const welcome = firstAnswer(frames, chunk)
      if (!welcome) return
      if (welcome instanceof Error) return fail(welcome)
      socket.off('error', onError).off('close', onClose)
      deadline.cancel()
      const listen = (fn: typeof receive) => {
        receive = fn
      }
      resolve({ socket, frames, welcome, receive: listen })
    }
    const silent = () => fail(hostError(`no hello within ${HELLO_DEADLINE_MS} ms`))
    const deadline = clock.setTimeout(silent, HELLO_DEADLINE_MS)
    socket.once('close', () => deadline.cancel())
  })
}

function connectTo(path: string, receive: (chunk: Buffer) => void): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const callback = (length: number) => {
    receive(buffer.subarray(0, length))
    return true
  }
  return connect({ path, onread: { buffer, callback } })
}

/** As a host that is just ending is known elsewhere. */
function connectionReset(): Error {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' })
}

/**
 * The welcome, or why there is none; null while it has not all come. The host says nothing of its own accord before
 * `attach` and `spawn`, so this is one frame, whole or in parts.
 */
function firstAnswer(frames: FrameReader, chunk: Buffer): Greeting['welcome'] | Error | null {
  try {
    const [frame] = frames.push(chunk)
    if (!frame) return null
    const answer = JSON.parse(frame.payload.toString()) as FromHost
    if (answer.type === 'welcome') return answer
    return answer.type === 'refused' ? refusedBy(answer.reason) : hostError('it did not say hello')
  } catch {
    return refusedBy('what it says is not the protocol')
  }
}
