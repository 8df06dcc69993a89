import { connect, type Socket } from 'node:net'
import { type Clock, messageOf, TeleclaudeError, type Timer } from '../../../core/index.ts'
import {
  controlFrame,
  FRAME_OUTPUT,
  type Frame,
  FrameReader,
  inputFrame,
  readOutputFrame,
  submitFrame,
} from './frames.ts'
import {
  type AdoptRequest,
  type FromHost,
  type HostedTerminal,
  PROTOCOL,
  type ProgramExit,
  type SpawnRequest,
  SUBMITS,
  TMUX,
  type ToHost,
} from './protocol.ts'

/** What one terminal of the host tells the daemon. */
export interface TerminalListener {
  output(bytes: Buffer): void
  /** So many bytes from `offset` on were let go because nobody took them in time. */
  dropped(offset: number, bytes: number): void
  /** The program has taken so many bytes of what was typed. */
  taken(bytes: number): void
  /** Somebody else has made it another size than it was asked to have. */
  resized(cols: number, rows: number): void
  /** Something that it printed was never read, nobody knows how much. */
  unread(reason: string): void
  /** Enter is pressed now behind the oldest text that waited for it; all that was printed before was given. */
  submitted(): void
  /** The program has ended; all of its output was given. */
  exit(exit: ProgramExit): void
}

interface PendingSpawn {
  listen(terminal: HostedTerminal): TerminalListener
  resolve(terminal: HostedTerminal): void
  reject(error: Error): void
  /** What the host says against it, as an error. */
  refusal(message: string): TeleclaudeError
}

/** A host answers at once, or when it has found what runs in tmux; one that is stopped never does. */
const HELLO_DEADLINE_MS = 6_000
/** As much as Node.js reads at once by itself; into one buffer, because one for each read is soon the most of the daemon's memory. */
const READ_BYTES = 64 * 1024

/** An acknowledgement wakes the host, and nobody waits for it, so that a command costs one and not one for each thing it prints. */
const ACK_MS = 10
/** The most that may go without one meanwhile: well below what makes a program wait. */
const ACK_BYTES = 16 * 1024

/** The daemon's connection to the pty host. */
export class HostLink {
  /** The terminals that the host had when the connection was made. */
  readonly terminals: readonly HostedTerminal[]
  readonly pid: number
  readonly #version: number
  readonly #socket: Socket
  readonly #frames: FrameReader
  readonly #listeners = new Map<number, TerminalListener>()
  readonly #spawns = new Map<number, PendingSpawn>()
  readonly #clock: Clock
  readonly #acks = new Map<number, { offset: number; checkpoint: unknown }>()
  /** How far each terminal's output was acknowledged. */
  readonly #acked = new Map<number, number>()
  #ackTimer: Timer | null = null
  #requests = 0
  #isOpen = true
  #isReplaced = false
  #whyLost = 'its connection closed'
  #onLost: (why: string) => void = () => {}

  /** @throws TC_ERR_TERMINAL_HOST if there is no host at `path`, or it speaks another version. */
  static async open(path: string, clock: Clock): Promise<HostLink> {
    return new HostLink(await greet(path, clock), clock)
  }

  private constructor({ socket, frames, welcome, receive }: Greeting, clock: Clock) {
    this.#clock = clock
    this.#socket = socket
    this.#frames = frames
    this.terminals = welcome.terminals
    this.pid = welcome.pid
    this.#version = welcome.protocol
    receive(chunk => this.#received(chunk))
    socket.on('error', error => {
      this.#whyLost = messageOf(error)
    })
    socket.on('close', () => this.#closed())
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Another daemon has the host now, and what runs there. */
  get isReplaced(): boolean {
    return this.#isReplaced
  }

  /** Called once, when the connection has closed other than by {@link close}. */
  onLost(fn: (why: string) => void): void {
    this.#onLost = fn
  }

  /** Starts a program; `listen` is called before its first output. */
  spawn(
    request: SpawnRequest,
    listen: (terminal: HostedTerminal) => TerminalListener,
  ): Promise<HostedTerminal> {
    const number = ++this.#requests
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) return reject(hostError(this.#whyLost))
      if (request.tmux && this.#version < TMUX) return reject(tooOld())
      const refusal = request.tmux ? cannotStart : cannotFork
      this.#spawns.set(number, { listen, resolve, reject, refusal })
      this.#send({ type: 'spawn', request: number, ...request })
    })
  }

  /** Takes up a pane of tmux that is there already; `listen` is called before its first output. */
  adopt(
    request: AdoptRequest,
    listen: (terminal: HostedTerminal) => TerminalListener,
  ): Promise<HostedTerminal> {
    const number = ++this.#requests
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) return reject(hostError(this.#whyLost))
      if (this.#version < TMUX) return reject(tooOld())
      this.#spawns.set(number, { listen, resolve, reject, refusal: cannotAdopt })
      this.#send({ type: 'adopt', request: number, ...request })
    })
  }

  /** Takes up a terminal that an earlier daemon started. */
  attach(channel: number, listener: TerminalListener): void {
    this.#listeners.set(channel, listener)
    this.#send({ type: 'attach', channel })
  }

  /** @throws TC_ERR_TERMINAL_HOST */
  input(channel: number, bytes: Buffer): void {
    if (!this.#isOpen) throw hostError(this.#whyLost)
    this.#socket.write(inputFrame(channel, bytes))
  }

  /**
   * Types text, and Enter once the program has printed something, or after so many milliseconds. False where the host
   * is too old for that: Enter is then still to be pressed.
   * @throws TC_ERR_TERMINAL_HOST
   */
  submit(channel: number, text: Buffer, echoWithinMs: number): boolean {
    if (!this.#isOpen) throw hostError(this.#whyLost)
    const canSubmit = this.#version >= SUBMITS
    this.#socket.write(canSubmit ? submitFrame(channel, echoWithinMs, text) : inputFrame(channel, text))
    return canSubmit
  }

  /** Told a little later, many at once; of several for one terminal the last says it all. */
  ack(channel: number, offset: number, checkpoint: unknown): void {
    this.#acks.set(channel, { offset, checkpoint })
    const isMuch = offset - (this.#acked.get(channel) ?? 0) >= ACK_BYTES
    this.#ackTimer ??= this.#clock.setTimeout(() => this.#sendAcks(), ACK_MS)
    if (isMuch) this.#sendAcks()
  }

  resize(channel: number, cols: number, rows: number): void {
    this.#send({ type: 'resize', channel, cols, rows })
  }

  /** @param kill also a program that ran before it was ours */
  closeTerminal(channel: number, graceMs: number, kill = false): void {
    this.#send({ type: 'close', channel, graceMs, kill })
  }

  forget(channel: number): void {
    this.#listeners.delete(channel)
    this.#acks.delete(channel)
    this.#acked.delete(channel)
    this.#send({ type: 'forget', channel })
  }

  /** Leaves the host and its terminals to themselves; settles when what was said has been heard. */
  close(): Promise<void> {
    this.#onLost = () => {}
    if (!this.#isOpen) return Promise.resolve()
    this.#sendAcks()
    return new Promise(resolve => {
      this.#socket.once('close', resolve)
      this.#socket.end()
      // The host may still be sending; nobody is interested any more.
      this.#socket.once('finish', () => this.#socket.destroy())
    })
  }

  #send(message: ToHost): void {
    if (this.#isOpen) this.#socket.write(controlFrame(message))
  }

  #sendAcks(): void {
    this.#ackTimer?.cancel()
    this.#ackTimer = null
    this.#socket.cork()
    for (const [channel, ack] of this.#acks) {
      this.#acked.set(channel, ack.offset)
      this.#send({ type: 'ack', channel, ...ack })
    }
    this.#acks.clear()
    this.#socket.uncork()
  }

  #received(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#handle(frame)
    } catch (error) {
      this.#whyLost = `it sent what is not the protocol: ${messageOf(error)}`
      this.#socket.destroy()
    }
  }

  #handle({ type, payload }: Frame): void {
    if (type === FRAME_OUTPUT) {
      const { channel, bytes } = readOutputFrame(payload)
      this.#listeners.get(channel)?.output(bytes)
    } else {
      this.#told(JSON.parse(payload.toString()) as FromHost)
    }
  }

  #told(message: FromHost): void {
    if (message.type === 'spawned') this.#spawned(message.request, message.terminal)
    else if (message.type === 'failed') this.#failed(message.request, message.message)
    else if (message.type === 'replaced') this.#replaced()
    else if (message.type !== 'welcome' && message.type !== 'refused') this.#ofTerminal(message)
  }

  #replaced(): void {
    this.#isReplaced = true
    this.#whyLost = 'another daemon has taken it over'
  }

  #ofTerminal(message: FromHost & { channel: number }): void {
    const listener = this.#listeners.get(message.channel)
    if (message.type === 'dropped') listener?.dropped(message.offset, message.bytes)
    else if (message.type === 'taken') listener?.taken(message.bytes)
    else if (message.type === 'submitted') listener?.submitted()
    else if (message.type === 'resized') listener?.resized(message.cols, message.rows)
    else if (message.type === 'unread') listener?.unread(message.reason)
    else if (message.type === 'exit') listener?.exit(message)
  }

  #spawned(request: number, terminal: HostedTerminal): void {
    const pending = this.#spawns.get(request)
    if (!pending) return
    this.#spawns.delete(request)
    this.#listeners.set(terminal.channel, pending.listen(terminal))
    pending.resolve(terminal)
  }

  #failed(request: number, message: string): void {
    const pending = this.#spawns.get(request)
    pending?.reject(pending.refusal(message))
    this.#spawns.delete(request)
  }

  #closed(): void {
    this.#isOpen = false
    this.#ackTimer?.cancel()
    for (const { reject } of this.#spawns.values()) reject(hostError(this.#whyLost))
    this.#spawns.clear()
    this.#onLost(this.#whyLost)
  }
}

/** @param why completes "the terminal host …: " */
export function hostError(why: string, cause?: unknown): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TERMINAL_HOST',
    `The terminal host does not answer: ${why}. Try again; if it stays so, look at pty-host.log in the state folder.`,
    { cause },
  )
}

function cannotFork(message: string): TeleclaudeError {
  return hostError(`it could not start the program: ${message}`)
}

function cannotStart(message: string): TeleclaudeError {
  const advice = "Try again, or use another backend: 'pty' needs nothing installed."
  return new TeleclaudeError('TC_ERR_BACKEND', `The session could not be started in ${message}. ${advice}`)
}

function cannotAdopt(message: string): TeleclaudeError {
  const advice = 'List the panes that there are: tmux list-panes -a'
  return new TeleclaudeError('TC_ERR_ADOPT', `The pane cannot be taken over: ${message}. ${advice}`)
}

function tooOld(): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_BACKEND',
    'The terminal host that runs here was started by an older version, which does not know tmux. It ends when its last session does; close them, and try again.',
  )
}

interface Greeting {
  readonly socket: Socket
  readonly frames: FrameReader
  readonly welcome: FromHost & { type: 'welcome' }
  /** From now on what comes is given to `fn`; it is only good during the call. */
  receive(fn: (chunk: Buffer) => void): void
}

function greet(path: string, clock: Clock): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    let receive = (chunk: Buffer) => onGreeting(chunk)
    const callback = (length: number) => {
      receive(buffer.subarray(0, length))
      return true
    }
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const socket = connect({ path, onread: { buffer, callback } })
    const frames = new FrameReader()
    const fail = (why: string, cause?: unknown) => {
      socket.destroy()
      reject(hostError(why, cause))
    }
    const refuse = (reason: string) => {
      socket.destroy()
      reject(new TeleclaudeError('TC_ERR_TERMINAL_HOST', `The terminal host refuses this daemon: ${reason}.`))
    }
    const onError = (error: Error) => fail(error.message, error)
    const onClose = () =>
      fail('it closed the connection', Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    socket.on('error', onError).on('close', onClose)
    socket.on('connect', () => socket.write(controlFrame({ type: 'hello', protocol: PROTOCOL })))
    const onGreeting = (chunk: Buffer) => {
      const answer = firstAnswer(frames, chunk)
      if (!answer) return
      if (answer.type === 'refused') return refuse(answer.reason)
      if (answer.type !== 'welcome') return fail('it did not say hello')
      socket.off('error', onError).off('close', onClose)
      deadline.cancel()
      const listen = (fn: typeof receive) => {
        receive = fn
      }
      resolve({ socket, frames, welcome: answer, receive: listen })
    }
    const deadline = clock.setTimeout(
      () => fail(`no hello within ${HELLO_DEADLINE_MS} ms`),
      HELLO_DEADLINE_MS,
    )
    socket.once('close', () => deadline.cancel())
  })
}

/** The host says nothing of its own accord before `attach` and `spawn`, so this is one frame, whole or in parts. */
function firstAnswer(frames: FrameReader, chunk: Buffer): FromHost | null {
  try {
    const [frame] = frames.push(chunk)
    return frame ? (JSON.parse(frame.payload.toString()) as FromHost) : null
  } catch {
    return { type: 'refused', reason: 'what it says is not the protocol' }
  }
}
