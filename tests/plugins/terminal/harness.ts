import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import {
  type Append,
  type Clock,
  type Mark,
  newSessionId,
  type PluginContext,
  type Session,
  type SessionId,
  systemClock,
  type TerminalSink,
} from '../../../core/index.ts'
import { findHost } from '../../../plugins/terminal/host/launch.ts'
import type { HostLink } from '../../../plugins/terminal/host/link.ts'
import { type TerminalSettings, terminalOptions } from '../../../plugins/terminal/options.ts'
import { PtyTerminals } from '../../../plugins/terminal/terminals.ts'
import { isAlive } from '../../support/processes.ts'
import { tmuxProgram as tmux } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { RecordingSink } from './recording-sink.ts'

export interface StartOptions {
  readonly command?: string | readonly string[]
  readonly cwd?: string
  readonly cols?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly shell?: string
  readonly backend?: string
  readonly existing?: unknown
}

export interface HarnessOptions {
  readonly clock?: Clock
  readonly bashrc?: string
  /** Of the home folder, by path. */
  readonly files?: Readonly<Record<string, string>>
  /** Variables of every session. */
  readonly env?: Readonly<Record<string, string>>
}

/** A state folder, a sink, and one daemon's `Terminals` after another on them. */
export class Harness implements AsyncDisposable {
  readonly folder: string
  readonly sink = new RecordingSink()
  readonly options: TerminalSettings
  readonly clock: Clock
  terminals: PtyTerminals
  readonly #env: Readonly<Record<string, string>>
  #life = { isAlive: true }

  static async create(
    { defaultShell, ...options }: Partial<TerminalSettings> = {},
    { clock = systemClock, bashrc = 'PS1="$ "', files = {}, env = {} }: HarnessOptions = {},
  ): Promise<Harness> {
    const folder = await mkdtemp('/tmp/tc-')
    for (const [path, content] of Object.entries({ '.bashrc': bashrc, ...files })) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    // The login environment takes HOME from the daemon.
    process.env.HOME = folder
    process.env.SHELL = '/bin/bash'
    // Else the one on the login shell's PATH, whichever that is.
    const tmuxProgram = process.env[tmux.variable]
    const settings = terminalOptions.parse({ ...(tmuxProgram && { tmuxProgram }), ...options })
    return new Harness(folder, { ...settings, defaultShell }, clock, env)
  }

  private constructor(
    folder: string,
    options: TerminalSettings,
    clock: Clock,
    env: Readonly<Record<string, string>>,
  ) {
    this.folder = folder
    this.#env = env
    this.options = options
    this.clock = clock
    this.terminals = this.#daemon()
  }

  #daemon(): PtyTerminals {
    const log = pino({ level: 'silent' })
    // Only the sink is ever asked for.
    const sink = this.#sinkOfOneDaemon()
    const services = { get: () => sink, find: () => sink } as unknown as PluginContext['services']
    const [{ clock, folder }, life] = [this, this.#life]
    const ctx = {
      clock,
      log,
      services,
      // What a daemon was about to do when it was killed must not find the host of the next one.
      get stateDir() {
        return life.isAlive ? folder : join(folder, 'of-the-dead')
      },
    }
    return new PtyTerminals(ctx, this.options)
  }

  /** What a daemon tells the journal reaches it only while that daemon lives. */
  #sinkOfOneDaemon(): TerminalSink {
    const { sink } = this
    const life = { isAlive: true }
    this.#life = life
    const never = new Promise<never>(() => {})
    return {
      live: () => sink.live(),
      lastSource: id => sink.lastSource(id),
      isAtPrompt: id => sink.isAtPrompt(id),
      recentOutput: id => sink.recentOutput(id),
      changed: (id, facts) => sink.changed(id, facts),
      append: (id, entries) => (life.isAlive ? sink.append(id, entries) : never),
      exited: (id, exit) => (life.isAlive ? sink.exited(id, exit) : never),
    }
  }

  /** The daemon is gone from one moment to the next, and another one starts. */
  async crash(): Promise<void> {
    this.#life.isAlive = false
    this.terminals = this.#daemon()
    await this.terminals.resume()
  }

  /** The daemon stops as at SIGTERM, and the next one starts. */
  async restart(): Promise<void> {
    await this.terminals.detach()
    this.terminals = this.#daemon()
    await this.terminals.resume()
  }

  async start({ command, cwd, cols, rows, shell, env = {}, ...more }: StartOptions = {}): Promise<SessionId> {
    const id = newSessionId()
    const session = {
      id,
      command: command ?? null,
      shell,
      terminal: {
        backend: more.backend ?? '',
        cwd: cwd ?? this.folder,
        cols: cols ?? 80,
        rows: rows ?? 24,
        pid: null,
        ttyPath: null,
      },
    } as unknown as Session
    const facts = await this.terminals.start({
      session,
      env: { ...this.#env, ...env },
      existing: more.existing,
    })
    this.sink.sessions.set(id, { ...session, terminal: facts })
    return id
  }

  submit(id: SessionId, text: string): Promise<void> {
    return this.terminals.write(id, { type: 'text', text, submit: true })
  }

  /** Runs a command line at the prompt; gives the entries from it to the next prompt. */
  async run(id: SessionId, text: string): Promise<Ran> {
    await until(() => this.terminals.isAtPrompt(id), 'a prompt')
    const from = this.sink.of(id).length
    await this.submit(id, text)
    await until(
      () => this.sink.marks(id).at(-1)?.type === 'prompt' && this.sink.of(id).slice(from).some(isEnd),
      `the end of ${text}`,
    )
    return new Ran(this.sink.of(id).slice(from))
  }

  /** What was printed since the newest mark of a type. */
  textSince(id: SessionId, type: Mark['type']): string {
    const entries = this.sink.of(id)
    const mark = entries.findLastIndex(entry => entry.kind === 'mark' && entry.mark.type === type)
    const data = entries.slice(mark).flatMap(entry => (entry.kind === 'output' ? [entry.data] : []))
    return Buffer.concat(data).toString()
  }

  async exit(id: SessionId) {
    return until(() => this.sink.exits.get(id), 'the exit')
  }

  async hostPid(): Promise<number> {
    const log = await readFile(`${this.folder}/pty-host.log`, 'utf8')
    return Number([...log.matchAll(/pty-host (\d+): ready/g)].at(-1)?.[1])
  }

  /** From one moment to the next; settles when it is gone. */
  async killHost(): Promise<void> {
    const host = await this.hostPid()
    process.kill(host, 'SIGKILL')
    await until(() => !isAlive(host), 'the end of the host')
  }

  async link(): Promise<HostLink | null> {
    return findHost(this.folder, this.clock)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sink.blocked = null
    await Promise.all([...this.sink.sessions.keys()].map(id => this.terminals.close(id)))
    await this.terminals.detach()
    await rm(this.folder, { recursive: true, force: true })
  }
}

const isEnd = (entry: Append) => entry.kind === 'mark' && entry.mark.type === 'end'

/** What a command line left in the journal. */
export class Ran {
  readonly entries: readonly Append[]

  constructor(entries: readonly Append[]) {
    this.entries = entries
  }

  get types(): string[] {
    return this.entries.flatMap(entry => (entry.kind === 'mark' ? [entry.mark.type] : []))
  }

  get end(): Mark & { type: 'end' } {
    const end = this.entries.find(isEnd)
    if (end?.kind !== 'mark' || end.mark.type !== 'end') throw new Error('there is no end')
    return end.mark
  }

  /** What lies between the first start and the end. */
  get output(): string {
    const start = this.entries.findIndex(entry => entry.kind === 'mark' && entry.mark.type === 'start')
    const between = this.entries.slice(start, this.entries.findIndex(isEnd))
    return Buffer.concat(between.flatMap(entry => (entry.kind === 'output' ? [entry.data] : []))).toString()
  }
}
