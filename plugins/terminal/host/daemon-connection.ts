import type { Socket } from 'node:net'
import {
  controlFrame,
  FRAME_CONTROL,
  FRAME_INPUT,
  FRAME_SUBMIT,
  type Frame,
  FrameReader,
  outputFrameHead,
  readInputFrame,
  readSubmitFrame,
} from './frames.ts'
import {
  type AdoptRequest,
  commonVersion,
  type FromHost,
  type HostFacts,
  PROTOCOL,
  type ProgramExit,
  type SpawnRequest,
  type ToHost,
} from './protocol.ts'
import type { OutputReader, Terminal } from './terminal.ts'

export interface DaemonConnectionOptions {
  /** Of the program that started this host. */
  readonly version: string
  readonly terminals: ReadonlyMap<number, Terminal>
  /** @throws whatever keeps the program from starting */
  spawn(request: SpawnRequest): Promise<Terminal>
  /** @throws whatever keeps the pane from being taken up */
  adopt(request: AdoptRequest): Promise<Terminal>
  /** Settles when what an earlier host left is taken up. */
  recover(): Promise<void>
  forget(terminal: Terminal): void
  /** Makes this the daemon's connection; returns why not, if not. */
  admit(): string | null
  onClose(problem: Error | null): void
}

/** One connection to the host's socket. It can do nothing before it has said hello in a version that the host speaks. */
export class DaemonConnection implements OutputReader {
  readonly #socket: Socket
  readonly #options: DaemonConnectionOptions
  readonly #frames = new FrameReader()
  #isAdmitted = false
  #isReplaced = false
  #isGathering = false
  #problem: Error | null = null

  constructor(socket: Socket, options: DaemonConnectionOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('data', chunk => this.#received(chunk))
    socket.on('drain', () => this.#pumpAll())
    socket.on('error', error => {
      this.#problem = error
    })
    socket.on('close', () => options.onClose(this.#problem))
  }

  /** Another daemon has come. */
  replace(): void {
    this.#isReplaced = true
    this.#send({ type: 'replaced' })
    this.#socket.end()
  }

  close(): void {
    this.#socket.destroy()
  }

  get isReady(): boolean {
    return !this.#socket.writableNeedDrain && this.#socket.writable
  }

  output(channel: number, offset: number, bytes: Buffer): void {
    this.#gather()
    this.#socket.write(outputFrameHead(channel, offset, bytes.length))
    this.#socket.write(bytes)
  }

  dropped(channel: number, offset: number, bytes: number): void {
    this.#send({ type: 'dropped', channel, offset, bytes })
  }

  taken(channel: number, bytes: number): void {
    this.#send({ type: 'taken', channel, bytes })
  }

  submitted(channel: number): void {
    this.#send({ type: 'submitted', channel })
  }

  resized(channel: number, cols: number, rows: number): void {
    this.#send({ type: 'resized', channel, cols, rows })
  }

  unread(channel: number, reason: string): void {
    this.#send({ type: 'unread', channel, reason })
  }

  exit(channel: number, offset: number, exit: ProgramExit): void {
    this.#send({ type: 'exit', channel, offset, ...exit })
  }

  #send(message: FromHost): void {
    if (!this.#socket.writable) return
    this.#gather()
    this.#socket.write(controlFrame(message))
  }

  /** Everything that is said in one go leaves in one write. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#socket.cork()
    process.nextTick(() => {
      this.#isGathering = false
      this.#socket.uncork()
    })
  }

  #received(chunk: Buffer): void {
    // What it says before it knows would be done for nobody.
    if (this.#isReplaced) return
    try {
      for (const frame of this.#frames.push(chunk)) this.#handle(frame)
    } catch (error) {
      // What is not the protocol ends this connection, and nothing else.
      this.#failed(error)
    }
  }

  #handle({ type, payload }: Frame): void {
    if (type === FRAME_CONTROL) {
      this.#obey(JSON.parse(payload.toString()) as ToHost)
    } else if (type === FRAME_INPUT && this.#isAdmitted) {
      const { channel, bytes } = readInputFrame(payload)
      this.#options.terminals.get(channel)?.input(bytes)
    } else if (type === FRAME_SUBMIT && this.#isAdmitted) {
      const { channel, text, echoWithinMs } = readSubmitFrame(payload)
      this.#options.terminals.get(channel)?.submit(text, echoWithinMs)
    }
  }

  #obey(message: ToHost): void {
    if (message.type === 'hello') this.#hello(message.protocol)
    else if (!this.#isAdmitted) throw new Error(`'${String(message.type).slice(0, 20)}' before hello`)
    else if (message.type === 'spawn') void this.#start(message.request, this.#options.spawn(message))
    else if (message.type === 'adopt') void this.#start(message.request, this.#options.adopt(message))
    else this.#forward(message)
  }

  #forward(message: Exclude<ToHost, { type: 'hello' | 'spawn' | 'adopt' }>): void {
    const terminal = this.#options.terminals.get(message.channel)
    if (!terminal) return
    if (message.type === 'attach') terminal.attach(this)
    else if (message.type === 'ack') terminal.ack(message.offset, message.checkpoint)
    else if (message.type === 'resize') terminal.resize(message.cols, message.rows)
    else if (message.type === 'close') terminal.close(message.graceMs, message.kill === true)
    else if (message.type === 'forget') this.#options.forget(terminal)
  }

  #hello(range: { min: number; max: number }): void {
    const protocol = commonVersion(range, PROTOCOL)
    const spoken = `this host speaks versions ${PROTOCOL.min} to ${PROTOCOL.max}, the daemon ${range.min} to ${range.max}. Start the version of TeleClaude that its sessions were started with, or end it and them: kill ${process.pid}`
    const reason = protocol === null ? spoken : this.#options.admit()
    if (reason !== null || protocol === null) {
      this.#send({ type: 'refused', reason: reason ?? spoken, host: this.#facts() })
      this.#socket.end()
      return
    }
    this.#isAdmitted = true
    this.#options.recover().then(
      () => this.#welcome(protocol),
      error => this.#failed(error),
    )
  }

  #facts(): HostFacts {
    const { version, terminals } = this.#options
    return {
      pid: process.pid,
      version,
      protocol: PROTOCOL,
      terminals: [...terminals.values()].map(({ id }) => id),
    }
  }

  #welcome(protocol: number): void {
    const terminals = [...this.#options.terminals.values()].map(terminal => terminal.describe())
    this.#send({ type: 'welcome', protocol, pid: process.pid, terminals })
  }

  #failed(error: unknown): void {
    this.#problem = asError(error)
    this.#socket.destroy()
  }

  async #start(request: number, starting: Promise<Terminal>): Promise<void> {
    try {
      const terminal = await starting
      this.#send({ type: 'spawned', request, terminal: terminal.describe() })
      // Where another daemon has come meanwhile, that one has it.
      if (this.#socket.writable) terminal.attach(this)
    } catch (error) {
      this.#send({ type: 'failed', request, message: asError(error).message })
    }
  }

  #pumpAll(): void {
    for (const terminal of this.#options.terminals.values()) terminal.pump()
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
