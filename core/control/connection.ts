import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { detachBytes, spellBytes } from '../attached-bytes.ts'
import { type Clock, type Timer, withDeadline } from '../clock.ts'
import { commandLine } from '../command-line.ts'
import { TeleclaudeError } from '../errors.ts'
import type { OperationBus } from '../operations/bus.ts'
import type { Principal } from '../principal.ts'
import { TOO_LONG } from './line-splitter.ts'
import { type Message, MessageSplitter } from './message-splitter.ts'
import {
  type CallParams,
  errorReply,
  MessageFault,
  parseClientMessage,
  type RequestId,
  type WireReply,
} from './protocol.ts'
import { writeMessage } from './write-message.ts'

/** How much one client may use. */
export interface ControlLimits {
  /** The longest message. */
  readonly maxMessageBytes: number
  /** How long a message may take from its first byte to its last. */
  readonly messageDeadlineMs: number
  /** Requests of one connection that run at the same time. */
  readonly maxCalls: number
  readonly maxConnections: number
}

/** What connections are served with. */
export interface ControlContext {
  readonly bus: OperationBus
  /** @throws TC_ERR_UNAUTHENTICATED for a token that this daemon did not issue. */
  authenticate(token: string | undefined): Principal
  readonly clock: Clock
  readonly log: Logger
  readonly limits: ControlLimits
}

interface RunningCall {
  readonly controller: AbortController
  readonly done: Promise<void>
}

/** How long a client has to read the last error before its connection is cut. */
const FAREWELL_MS = 5000
/** How long running calls have to end when the daemon closes. */
const CLOSE_MS = 2000

/**
 * One client of the control socket. Its requests run side by side. A client that does not read stalls only itself:
 * what it asked for waits in `emit`, and nothing more is read from it.
 */
export class ControlConnection {
  readonly #socket: Socket
  readonly #context: ControlContext
  readonly #messages: MessageSplitter
  readonly #calls = new Map<RequestId, RunningCall>()
  #deadline: Timer | null = null
  #drained: PromiseWithResolvers<void> | null = null
  #isRefused = false
  #closing: TeleclaudeError | null = null

  constructor(socket: Socket, context: ControlContext) {
    this.#socket = socket
    this.#context = context
    this.#messages = new MessageSplitter(context.limits.maxMessageBytes)
    socket.on('data', chunk => this.#take(chunk))
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onGone())
    socket.on('close', () => this.#onGone())
    // Whatever the error was, 'close' follows it.
    socket.on('error', error => context.log.debug({ err: error }, 'a control client broke off'))
  }

  /** Says why and closes, in a way that lets the client read it: what it still sends is read and thrown away. */
  refuse(error: TeleclaudeError): void {
    this.#isRefused = true
    this.#stopDeadline()
    this.#abortCalls(error)
    this.#send(errorReply(error, null))
    this.#socket.end()
    this.#socket.resume()
    const cut = this.#context.clock.setTimeout(() => this.#socket.destroy(), FAREWELL_MS, { ref: false })
    this.#socket.once('close', () => cut.cancel())
  }

  /** Takes in nothing more, ends what runs, and settles when the client is gone. */
  async close(): Promise<void> {
    if (this.#socket.closed) return
    this.#closing = new TeleclaudeError(
      'TC_ERR_NOT_RUNNING',
      `the daemon is closing. Start it again with: ${commandLine} start`,
      { retryable: false }, // what the request did until now is not undone
    )
    const closed = new Promise<void>(resolve => this.#socket.once('close', () => resolve()))
    this.#abortCalls(this.#closing)
    const ended = Promise.all([...this.#calls.values()].map(call => call.done)).then(() => this.#socket.end())
    const late = () => new TeleclaudeError('TC_ERR_TIMEOUT', 'a control client did not go in time')
    this.#socket.resume()
    await withDeadline(this.#context.clock, Promise.all([ended, closed]), CLOSE_MS, late).catch(() =>
      this.#socket.destroy(),
    )
  }

  #take(chunk: Buffer): void {
    if (this.#isRefused || this.#closing) return
    this.#messages.push(chunk)
    this.#handleMessages()
  }

  /** Handles what has come in, until the client has to read before it is served further. */
  #handleMessages(): void {
    let isNew = false
    while (!this.#socket.writableNeedDrain) {
      const message = this.#messages.next()
      if (message === TOO_LONG) this.refuse(tooLarge(this.#context.limits.maxMessageBytes))
      else if (message === null) this.#watchDeadline(isNew)
      else {
        isNew = true
        if (message.line.length > 0) this.#handle(message)
        continue
      }
      return
    }
    this.#stopDeadline()
    this.#socket.pause()
  }

  #handle(received: Message): void {
    try {
      const message = parseClientMessage(received)
      if (message.type === 'cancel') this.#cancel(message.id)
      else this.#start(message.id, message.method, message.params)
    } catch (thrown) {
      this.#context.log.debug({ err: thrown }, 'refused a message on the control socket')
      this.#send(errorReply(thrown, thrown instanceof MessageFault ? thrown.id : null))
    }
  }

  #start(id: RequestId, method: string, params: CallParams): void {
    if (this.#calls.has(id)) {
      throw new TeleclaudeError(
        'TC_ERR_PROTOCOL',
        `a request with the id ${JSON.stringify(id)} is still running`,
      )
    }
    if (this.#calls.size >= this.#context.limits.maxCalls) {
      this.#send(errorReply(tooMany('requests on this connection', this.#context.limits.maxCalls), id))
      return
    }
    const controller = new AbortController()
    this.#calls.set(id, { controller, done: this.#run(id, method, params, controller.signal) })
  }

  /** Never rejects: what goes wrong is the answer. */
  async #run(id: RequestId, method: string, params: CallParams, signal: AbortSignal): Promise<void> {
    const { bus } = this.#context
    try {
      const caller = {
        principal: this.#principalOf(params),
        surface: params.surface,
        ...(params.requestId !== undefined && { requestId: params.requestId }),
      }
      const result = await bus.call(method, params.input, caller, {
        signal,
        ...(params.wantsItems && { onItem: (item: unknown) => this.#emit(id, item) }),
      })
      // What was cut short may end as if all were well; it must not be taken for that.
      if (this.#closing) throw this.#closing
      this.#calls.delete(id)
      this.#sendResult(id, result, params)
    } catch (thrown) {
      this.#calls.delete(id)
      this.#send(errorReply(this.#closing ?? thrown, id))
    }
  }

  #principalOf({ token, surface }: CallParams): Principal {
    try {
      return this.#context.authenticate(token)
    } catch (thrown) {
      this.#context.log.warn({ surface }, 'a control client showed a token that is not genuine')
      throw thrown
    }
  }

  #emit(id: RequestId, item: unknown): Promise<void> | undefined {
    if (!this.#socket.writable) return Promise.reject(gone())
    if (this.#send({ jsonrpc: '2.0', method: 'item', params: { id, item } })) return
    if (!this.#drained) {
      this.#drained = Promise.withResolvers()
      // Each emitter sees the rejection; this keeps one that looks away from ending the daemon.
      this.#drained.promise.catch(() => {})
    }
    return this.#drained.promise
  }

  #sendResult(id: RequestId, result: unknown, { takesBytes }: CallParams): void {
    const reply = { jsonrpc: '2.0', id, result: result ?? null }
    const { message, attached } = (takesBytes && detachBytes(reply)) || { message: reply, attached: null }
    if (this.#socket.writable) writeMessage(this.#socket, JSON.stringify(spellBytes(message)), attached)
  }

  /** Returns whether the client can take more at once. */
  #send(reply: WireReply): boolean {
    return this.#socket.writable && writeMessage(this.#socket, JSON.stringify(reply), null)
  }

  #cancel(id: RequestId): void {
    const reason = new TeleclaudeError('TC_ERR_CANCELLED', 'the caller cancelled the request')
    this.#calls.get(id)?.controller.abort(reason)
  }

  #abortCalls(reason: TeleclaudeError): void {
    for (const { controller } of this.#calls.values()) controller.abort(reason)
  }

  #onDrain(): void {
    this.#drained?.resolve()
    this.#drained = null
    if (this.#isRefused || this.#closing) return
    this.#handleMessages()
    if (!this.#socket.writableNeedDrain) this.#socket.resume()
  }

  #onGone(): void {
    this.#stopDeadline()
    this.#drained?.reject(gone())
    this.#drained = null
    this.#abortCalls(gone())
  }

  #stopDeadline(): void {
    this.#deadline?.cancel()
    this.#deadline = null
  }

  #watchDeadline(isNew: boolean): void {
    const { isMidMessage } = this.#messages
    if (isNew || !isMidMessage) this.#stopDeadline()
    if (!isMidMessage || this.#deadline) return
    const { clock, limits } = this.#context
    const late = `a message was not complete within ${limits.messageDeadlineMs / 1000} s; end each one with a newline`
    this.#deadline = clock.setTimeout(
      () => this.refuse(new TeleclaudeError('TC_ERR_PROTOCOL', late)),
      limits.messageDeadlineMs,
      { ref: false },
    )
  }
}

/** The error for a client that uses more than its share. */
export function tooMany(what: string, most: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_BUSY',
    `too many ${what} (at most ${most}). Try again when some have ended.`,
  )
}

function gone(): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', 'the caller went away')
}

function tooLarge(most: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_MESSAGE_TOO_LARGE',
    `a message is larger than ${most} bytes, the most that the control socket takes. Send it in parts.`,
  )
}
