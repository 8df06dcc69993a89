import type { Socket } from 'node:net'
import { type Clock, messageOf } from '../../../core/index.ts'
import { Acknowledgements } from './acknowledgements.ts'
import {
  controlFrame,
  FRAME_OUTPUT,
  type Frame,
  type FrameReader,
  inputFrame,
  readOutputFrame,
  submitFrame,
} from './frames.ts'
import { type Greeting, greet } from './greeting.ts'
import { cannotAdopt, cannotFork, cannotStart, hostError, tooOld } from './host-errors.ts'
import { PendingStarts } from './pending-starts.ts'
import {
  type AdoptRequest,
  type FromHost,
  type HostedTerminal,
  type SpawnRequest,
  SUBMITS,
  TMUX,
  type ToHost,
} from './protocol.ts'
import { type OfTerminal, type TerminalListener, tell } from './terminal-listener.ts'

type Listen = (terminal: HostedTerminal) => TerminalListener

/** The daemon's connection to the pty host. */
export class HostLink {
  /** The terminals that the host had when the connection was made. */
  readonly terminals: readonly HostedTerminal[]
  readonly pid: number
  readonly #version: number
  readonly #socket: Socket
  readonly #frames: FrameReader
  readonly #listeners = new Map<number, TerminalListener>()
  readonly #starts = new PendingStarts()
  readonly #acks: Acknowledgements
  #isOpen = true
  #isReplaced = false
  #whyLost = 'its connection closed'
  #onLost: (why: string) => void = () => {}

  /** @throws TC_ERR_TERMINAL_HOST if there is no host at `path`, or it speaks another version. */
  static async open(path: string, clock: Clock): Promise<HostLink> {
    return new HostLink(await greet(path, clock), clock)
  }

  private constructor({ socket, frames, welcome, receive }: Greeting, clock: Clock) {
    this.#socket = socket
    this.#frames = frames
    this.terminals = welcome.terminals
    this.pid = welcome.pid
    this.#version = welcome.protocol
    this.#acks = new Acknowledgements(clock, all =>
      this.#together(() => {
        for (const ack of all) this.#send({ type: 'ack', ...ack })
      }),
    )
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
  async spawn(request: SpawnRequest, listen: Listen): Promise<HostedTerminal> {
    this.#check(request.tmux !== undefined)
    const refusal = request.tmux ? cannotStart : cannotFork
    return await this.#starts.add({ listen, refusal }, number =>
      this.#send({ type: 'spawn', request: number, ...request }),
    )
  }

  /** Takes up a pane of tmux that is there already; `listen` is called before its first output. */
  async adopt(request: AdoptRequest, listen: Listen): Promise<HostedTerminal> {
    this.#check(true)
    return await this.#starts.add({ listen, refusal: cannotAdopt }, number =>
      this.#send({ type: 'adopt', request: number, ...request }),
    )
  }

  /** @throws TC_ERR_TERMINAL_HOST, TC_ERR_BACKEND */
  #check(needsTmux: boolean): void {
    if (!this.#isOpen) throw hostError(this.#whyLost)
    if (needsTmux && this.#version < TMUX) throw tooOld()
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
    this.#acks.add({ channel, offset, checkpoint })
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
    this.#acks.forget(channel)
    this.#send({ type: 'forget', channel })
  }

  /** Leaves the host and its terminals to themselves; settles when what was said has been heard. */
  close(): Promise<void> {
    this.#onLost = () => {}
    if (!this.#isOpen) return Promise.resolve()
    this.#acks.flush()
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

  #together(write: () => void): void {
    this.#socket.cork()
    write()
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
    else if (message.type === 'failed') this.#starts.failed(message.request, message.message)
    else if (message.type === 'replaced') this.#replaced()
    else if (message.type !== 'welcome' && message.type !== 'refused') this.#ofTerminal(message)
  }

  #replaced(): void {
    this.#isReplaced = true
    this.#whyLost = 'another daemon has taken it over'
  }

  #ofTerminal(message: OfTerminal): void {
    const listener = this.#listeners.get(message.channel)
    if (listener) tell(listener, message)
  }

  #spawned(request: number, terminal: HostedTerminal): void {
    const listener = this.#starts.started(request, terminal)
    if (listener) this.#listeners.set(terminal.channel, listener)
  }

  #closed(): void {
    this.#isOpen = false
    this.#acks.cancel()
    this.#starts.failAll(hostError(this.#whyLost))
    this.#onLost(this.#whyLost)
  }
}
