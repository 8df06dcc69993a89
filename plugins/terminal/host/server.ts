import { createServer, type Server, type Socket } from 'node:net'
import type { Clock, Timer } from '../../../core/index.ts'
import type { OpenCarrier } from './carrier.ts'
import { DaemonConnection } from './daemon-connection.ts'
import type { AdoptRequest, SpawnRequest } from './protocol.ts'
import { Pty } from './pty.ts'
import { Terminal, type TerminalSpec } from './terminal.ts'
import { hasRecords } from './tmux/pane-record.ts'
import type { FoundPane, TmuxPanes } from './tmux/panes.ts'

/** How long the host stays with nothing to hold and nobody to serve. */
export const IDLE_GRACE_MS = 2_000

/** How often a host without a daemon looks whether one could still find it. */
const ABANDONED_CHECK_MS = 3_000
/** How long programs may take to end when their host is abandoned. */
const ABANDONED_GRACE_MS = 3_000

export interface HostServerOptions {
  /** Of the program that started this host. */
  readonly version: string
  readonly clock: Clock
  /** The state folder. */
  readonly folder: string
  /** One line about the host itself; never anything from a session. */
  log(line: string): void
  /** Whether the socket file is still this host's: a host that was replaced takes no new daemon. */
  isCurrent(): boolean
  /** The host has no terminal and no daemon. */
  onIdle(): void
}

/** The terminals of this computer, and the one daemon that may use them. */
export class HostServer {
  readonly #options: HostServerOptions
  readonly #terminals = new Map<number, Terminal>()
  readonly #server: Server
  readonly #connections = new Set<DaemonConnection>()
  #daemon: DaemonConnection | null = null
  #idle: Timer | null = null
  #abandonment: Timer | null = null
  #channels = 0
  #panes: Promise<TmuxPanes> | null = null
  #recovery: Promise<void> | null = null

  constructor(options: HostServerOptions) {
    this.#options = options
    this.#server = createServer(socket => this.#accept(socket))
    this.#watchIdleness()
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
  }

  close(): void {
    this.#server.close()
    for (const connection of this.#connections) connection.close()
  }

  #accept(socket: Socket): void {
    const connection = new DaemonConnection(socket, {
      version: this.#options.version,
      terminals: this.#terminals,
      spawn: request => this.#spawn(request),
      adopt: request => this.#adopt(request),
      recover: () => this.#recover(),
      forget: terminal => this.#forget(terminal),
      admit: () => this.#admit(connection),
      onClose: problem => this.#left(connection, problem),
    })
    this.#connections.add(connection)
  }

  /** The newest daemon is the living one: an older connection is that of a daemon that died, or that gave up its state folder. */
  #admit(connection: DaemonConnection): string | null {
    if (!this.#options.isCurrent()) return 'another terminal host has taken its place'
    const before = this.#daemon
    this.#daemon = connection
    before?.replace()
    for (const terminal of this.#terminals.values()) terminal.detach()
    this.#idle?.cancel()
    return null
  }

  #left(connection: DaemonConnection, problem: Error | null): void {
    this.#connections.delete(connection)
    if (problem) this.#options.log(`connection closed: ${problem}`)
    if (this.#daemon !== connection) return
    this.#daemon = null
    for (const terminal of this.#terminals.values()) terminal.detach()
    this.#watchIdleness()
    this.#watchAbandonment()
  }

  async #spawn(request: SpawnRequest): Promise<Terminal> {
    const { clock } = this.#options
    const { tmux, ...program } = request
    if (!tmux) return this.#add(program, listener => new Pty(request, clock, listener))
    const daemon = this.#daemon
    const panes = await this.#tmux()
    return this.#addNew(await panes.start(request, tmux), daemon)
  }

  async #adopt(request: AdoptRequest): Promise<Terminal> {
    const daemon = this.#daemon
    const panes = await this.#tmux()
    return this.#addNew(await panes.adopt(request), daemon)
  }

  /** Another daemon that came meanwhile does not know of it, and takes its session for one that could not be started. */
  #addNew(found: FoundPane, daemon: DaemonConnection | null): Terminal {
    const terminal = this.#addPane(found, false)
    if (this.#daemon && this.#daemon !== daemon) {
      terminal.close(0, false)
      this.#forget(terminal)
    }
    return terminal
  }

  /** Terminals in tmux outlive this process too. Only the host that a daemon found looks for them: there is one of it. */
  #recover(): Promise<void> {
    this.#recovery ??= hasRecords(this.#options.folder) ? this.#takeUp() : Promise.resolve()
    return this.#recovery
  }

  async #takeUp(): Promise<void> {
    const panes = await this.#tmux()
    for (const found of await panes.recover()) this.#addPane(found, true)
  }

  /** Loaded by those who use it. */
  #tmux(): Promise<TmuxPanes> {
    this.#panes ??= import('./tmux/panes.ts').then(
      ({ TmuxPanes }) => new TmuxPanes(this.#options.folder, this.#options.clock),
    )
    return this.#panes
  }

  #addPane({ record, cwd, open }: FoundPane, isRecovered: boolean): Terminal {
    const { id, retention, meta, program, socket, pane, isAdopted, cols, rows } = record
    const tmux = { program, socket, pane, isAdopted, isRecovered, cwd, cols, rows }
    return this.#add({ id, retention, meta, tmux }, open)
  }

  #add(spec: TerminalSpec, open: OpenCarrier): Terminal {
    const terminal = new Terminal(spec, ++this.#channels, this.#options.clock, open)
    this.#terminals.set(terminal.channel, terminal)
    return terminal
  }

  #forget(terminal: Terminal): void {
    terminal.dispose()
    this.#terminals.delete(terminal.channel)
    this.#watchIdleness()
  }

  #watchIdleness(): void {
    this.#idle?.cancel()
    if (this.#daemon || this.#terminals.size) return
    this.#idle = this.#options.clock.setTimeout(() => this.#options.onIdle(), IDLE_GRACE_MS)
  }

  /** With its socket file removed (the state folder was deleted) no daemon will ever come for the terminals. */
  #watchAbandonment(): void {
    this.#abandonment?.cancel()
    const look = () => {
      if (this.#daemon) return
      if (this.#options.isCurrent()) this.#watchAbandonment()
      else this.#abandon()
    }
    this.#abandonment = this.#options.clock.setTimeout(look, ABANDONED_CHECK_MS, { ref: false })
  }

  #abandon(): void {
    this.#options.log('its socket file is gone, so no daemon can reach it: ends its terminals')
    for (const terminal of this.#terminals.values()) {
      terminal.close(ABANDONED_GRACE_MS, false)
      this.#forget(terminal)
    }
  }
}
