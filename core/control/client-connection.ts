import { connect, type Socket } from 'node:net'
import { attachBytes, detachBytes, spellBytes } from '../attached-bytes.ts'
import type { Clock } from '../clock.ts'
import { commandLine } from '../command-line.ts'
import { errorFromWire, messageOf, TeleclaudeError } from '../errors.ts'
import type { ClientCallOptions } from '../host/plugin.ts'
import { ItemQueue } from './item-queue.ts'
import { TOO_LONG } from './line-splitter.ts'
import { type Message, MessageSplitter } from './message-splitter.ts'
import {
  INVALID_PARAMS,
  type RequestId,
  type RpcError,
  type WireReply,
  type WireRequest,
} from './protocol.ts'
import { writeMessage } from './write-message.ts'

type Outcome = { result: unknown } | { error: unknown }

interface PendingCall {
  readonly operation: string
  readonly items: ItemQueue
  readonly takesBytes: boolean
  settle(outcome: Outcome): void
}

/** Answers are bounded by the operations (1 MiB of output at most); this bounds what a confused peer can do. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024
/** A Unix socket is accepted at once, unless the daemon hangs with a full queue. */
const CONNECT_MS = 5000
/** Items that may wait for their handlers before the connection is no longer read. */
const MAX_WAITING_ITEMS = 64

/** One connection to a daemon, from its first call until it breaks. */
export class ClientConnection {
  readonly #socket: Socket
  readonly #socketPath: string
  readonly #messages = new MessageSplitter(MAX_REPLY_BYTES)
  readonly #pending = new Map<RequestId, PendingCall>()
  #nextId = 1
  #waitingItems = 0
  #isConnected = false
  /** The daemon has shown that it knows of bytes: one that does not reads them as requests, and anybody may have chosen them. */
  #knowsBytes = false
  #failure: TeleclaudeError | null = null

  constructor(socketPath: string, clock: Clock) {
    this.#socketPath = socketPath
    const socket = connect(socketPath)
    this.#socket = socket
    const hung = () => socket.destroy(new Error(`no connection within ${CONNECT_MS / 1000} s`))
    const deadline = clock.setTimeout(hung, CONNECT_MS, { ref: false })
    socket.once('connect', () => {
      this.#isConnected = true
      deadline.cancel()
    })
    socket.on('data', chunk => this.#take(chunk))
    socket.on('error', error => this.#fail(this.#isConnected ? null : this.#unreachable(error)))
    socket.on('close', () => {
      deadline.cancel()
      this.#fail(null)
    })
    socket.unref()
  }

  get isUsable(): boolean {
    return this.#failure === null && this.#socket.writable
  }

  call(operation: string, params: WireRequest['params'], options: ClientCallOptions): Promise<unknown> {
    const { signal, onItem, takesBytes = false } = options
    if (signal?.aborted) return Promise.reject(cancelled(operation))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#cancel(id, cancelled(operation))
      const settle: PendingCall['settle'] = outcome => {
        signal?.removeEventListener('abort', onAbort)
        this.#forget(id)
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.result)
      }
      const items = new ItemQueue(onItem, {
        onTaken: () => this.#onItemTaken(),
        onError: thrown => this.#cancel(id, thrown),
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#pending.set(id, { operation, items, takesBytes, settle })
      this.#socket.ref()
      this.#ask({ jsonrpc: '2.0', id, method: operation, params })
    })
  }

  close(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve()
    const closed = new Promise<void>(resolve => this.#socket.once('close', () => resolve()))
    this.#fail(new TeleclaudeError('TC_ERR_CANCELLED', 'this client of the daemon was closed'))
    return closed
  }

  #take(chunk: Buffer): void {
    this.#messages.push(chunk)
    try {
      for (let next = this.#messages.next(); next !== null; next = this.#messages.next()) {
        if (next === TOO_LONG) throw new Error(`an answer is longer than ${MAX_REPLY_BYTES} bytes`)
        this.#receive(replyIn(next))
      }
    } catch (thrown) {
      this.#fail(confused(messageOf(thrown)))
    }
  }

  #receive(reply: WireReply): void {
    if ('method' in reply) {
      this.#receiveItem(reply.params.id, reply.params.item)
    } else if ('result' in reply) {
      if (this.#pending.get(reply.id)?.takesBytes) this.#knowsBytes = true
      this.#end(reply.id, { result: reply.result })
    } else if (reply.id === null) {
      // An error without an id is about the connection as a whole.
      this.#fail(errorFromWire(reply.error.data))
    } else {
      this.#end(reply.id, { error: errorIn(reply.error) })
    }
  }

  #end(id: RequestId, outcome: Outcome): void {
    const call = this.#pending.get(id)
    call?.items.end(() => call.settle(outcome))
  }

  #receiveItem(id: RequestId, item: unknown): void {
    const call = this.#pending.get(id)
    if (!call || call.items.push(item)) return
    this.#waitingItems++
    if (this.#waitingItems >= MAX_WAITING_ITEMS) this.#socket.pause()
  }

  #onItemTaken(): void {
    this.#waitingItems--
    if (this.#waitingItems < MAX_WAITING_ITEMS / 2) this.#socket.resume()
  }

  #cancel(id: RequestId, error: unknown): void {
    const call = this.#pending.get(id)
    if (!call) return
    this.#send({ jsonrpc: '2.0', method: 'cancel', params: { id } })
    call.settle({ error })
  }

  #forget(id: RequestId): void {
    this.#pending.get(id)?.items.drop()
    this.#pending.delete(id)
    if (this.#pending.size === 0) this.#socket.unref()
  }

  #ask({ params, ...request }: WireRequest): void {
    const found = this.#knowsBytes ? detachBytes(params) : null
    const { message, attached } = found ?? { message: params, attached: null }
    writeMessage(this.#socket, JSON.stringify({ ...request, params: spellBytes(message) }), attached)
  }

  #send(message: { jsonrpc: '2.0'; method: 'cancel'; params: { id: RequestId } }): void {
    writeMessage(this.#socket, JSON.stringify(message), null)
  }

  /** Ends everything that waits. Without an error of its own, a call is told that the daemon went away while it ran. */
  #fail(error: TeleclaudeError | null): void {
    if (this.#failure) return
    this.#failure = error ?? lost('it')
    for (const call of [...this.#pending.values()]) {
      const outcome = { error: error ?? lost(`'${call.operation}'`) }
      call.items.end(() => call.settle(outcome))
    }
    this.#socket.destroy()
  }

  #unreachable(cause: Error): TeleclaudeError {
    const message = `no daemon answers at ${this.#socketPath} (${reasonOf(cause)}). Start one with: ${commandLine} start`
    return new TeleclaudeError('TC_ERR_NOT_RUNNING', message, { cause })
  }
}

/** The daemon runs as the same user; what is not its protocol throws here. */
function replyIn({ line, attached }: Message): WireReply {
  const reply = JSON.parse(line.toString()) as WireReply
  if (attached && !attachBytes(reply, attached))
    throw new Error('bytes came with an answer that has no place for them')
  return reply
}

/** What this program asks for is as a daemon of its own version has it. */
function errorIn({ code, data }: RpcError): TeleclaudeError {
  const error = errorFromWire(data)
  if (code !== INVALID_PARAMS) return error
  const message = `the daemon does not understand this program (${error.message}). If it is of another version, restart it: ${commandLine} stop, then ${commandLine} start`
  return new TeleclaudeError('TC_ERR_PROTOCOL', message, { cause: error })
}

function reasonOf(error: Error): string {
  if (!('code' in error)) return error.message
  if (error.code === 'ENOENT') return 'there is no such socket'
  if (error.code === 'ECONNREFUSED') return 'nothing listens there any more'
  if (error.code === 'EACCES') return 'this user may not open it'
  return error.message
}

/** Not retryable: the operation may or may not have taken effect. */
function lost(what: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_NOT_RUNNING',
    `the daemon went away while ${what} ran; what it did is not known. See: ${commandLine} status`,
    { retryable: false },
  )
}

function confused(why: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_PROTOCOL', `what answers on the control socket is not a daemon: ${why}`)
}

function cancelled(operation: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', `'${operation}' was cancelled`)
}
