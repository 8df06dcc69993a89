import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { createDaemonClient } from '../../core/control/client.ts'
import type { DaemonStatus } from '../../core/daemon-service.ts'
import type { ClientCallOptions, DaemonClient } from '../../core/host/plugin.ts'
import type { Collected } from '../../core/operations/collect/collect-output.ts'
import type { Session } from '../../core/sessions/session.ts'
import { descendantsOf, isAlive, processesWith, signal } from './processes.ts'
import { until } from './until.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** A cold start on a busy computer, with room. */
const READY_MS = 20_000

export interface DaemonSetup {
  /** Files of the home folder, by name. Default: a `.bashrc` with a plain prompt. */
  readonly files?: Readonly<Record<string, string>>
  /** What the configuration says besides the computer's name and the plugins. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly plugins?: readonly unknown[]
  /** On top of an environment that holds only what a daemon needs. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: `s` in the home folder. */
  readonly stateDir?: string
}

/** What `session.read` returns. */
export interface Reading {
  readonly output: string
  readonly encoding?: 'base64'
  readonly cursor: string
  readonly complete: boolean
  readonly truncated: boolean
  readonly state: string
  readonly gaps: readonly { readonly bytes: number; readonly reason: string }[]
}

/** The real daemon in a process of its own, through the bin that users start, with a home and a state folder of its own. */
export class TestDaemon {
  readonly home: string
  readonly stateDir: string
  readonly env: Readonly<Record<string, string>>
  /** The checkout whose bin is started. */
  root = ROOT
  #child: ChildProcess | null = null
  #client: DaemonClient | null = null
  #printed = ''

  /** A home with its configuration, and no daemon yet. */
  constructor({ files = { '.bashrc': "PS1='$ '" }, config, plugins, env, stateDir }: DaemonSetup = {}) {
    this.home = mkdtempSync('/tmp/tc-')
    this.stateDir = stateDir ?? join(this.home, 's')
    this.configure({ plugins: plugins ?? ['terminal', 'registry'], ...config })
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(this.home, name, '..'), { recursive: true })
      writeFileSync(join(this.home, name), text, { mode: 0o600 })
    }
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: this.home,
      SHELL: '/bin/bash',
      LANG: 'C.UTF-8',
      TELECLAUDE_STATE_DIR: this.stateDir,
      TELECLAUDE_CONFIG: join(this.home, 'config.json'),
      ...env,
    }
  }

  /** A running daemon that ends with the test. */
  static async inTest(setup?: DaemonSetup): Promise<TestDaemon> {
    const daemon = new TestDaemon(setup)
    await daemon.startInTest()
    return daemon
  }

  /** One daemon for all tests of a file. */
  static forFile(setup?: DaemonSetup): TestDaemon {
    const daemon = new TestDaemon(setup)
    beforeAll(() => daemon.start())
    afterAll(() => daemon.end())
    return daemon
  }

  /** Writes the configuration that the next start reads. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify({ computer: { name: 'alpha' }, ...settings })
    writeFileSync(join(this.home, 'config.json'), text, { mode: 0o600 })
  }

  async startInTest(): Promise<void> {
    onTestFinished(() => this.end())
    await this.start()
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** What the daemon has printed since it was last started. */
  get printed(): string {
    return this.#printed
  }

  get socketPath(): string {
    return join(this.stateDir, 'control.sock')
  }

  get client(): DaemonClient {
    this.#client ??= this.newClient()
    return this.#client
  }

  newClient(env: Readonly<Record<string, string>> = {}): DaemonClient {
    return createDaemonClient({ socketPath: this.socketPath, surface: 'test', clock: systemClock, env })
  }

  /** Settles when it is ready. */
  async start(): Promise<void> {
    const child = this.launch()
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`the daemon did not start: ${this.#printed}`)
        return await this.status().then(
          ({ ready, pid }) => ready && pid === child.pid,
          () => false,
        )
      },
      'a ready daemon',
      READY_MS,
    )
  }

  /** Starts it, without waiting for anything. */
  launch(): ChildProcess {
    this.#printed = ''
    const bin = join(this.root, 'bin/teleclaude')
    const child = spawn(bin, ['start'], { cwd: this.home, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = (chunk: Buffer) => {
      this.#printed += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    this.#child = child
    return child
  }

  /** Starts one that is expected to refuse, or to end by itself. */
  async startToEnd(): Promise<{ code: number | null; printed: string }> {
    const child = this.launch()
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, printed: this.#printed }
  }

  /** Ends the daemon, not its sessions; settles with its exit code when it is gone. */
  async kill(name: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child?.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const closed = once(child, 'close')
    child.kill(name)
    await closed
    return child.exitCode
  }

  async restart(name: NodeJS.Signals): Promise<void> {
    await this.kill(name)
    await this.start()
  }

  /** Ends daemon and pty host, and with it what runs in the sessions; removes the home. */
  async end(): Promise<void> {
    await this.#client?.close()
    await this.kill('SIGKILL')
    const left = this.hostPids().flatMap(pid => [pid, ...descendantsOf(pid)])
    for (const pid of left) signal(pid, 'SIGKILL')
    await until(() => !left.some(isAlive), 'the end of the pty host and its programs')
    rmSync(this.home, { recursive: true, force: true })
  }

  /** The pty host; more than one only where something went wrong. */
  hostPids(): number[] {
    const isSocket = (argument: string) =>
      argument.startsWith(`${this.stateDir}/`) && argument.endsWith('/pty-host.sock')
    return processesWith(isSocket)
  }

  call<T = unknown>(operation: string, input: object = {}, options?: ClientCallOptions): Promise<T> {
    return this.client.call<T>(operation, input, options)
  }

  status(): Promise<DaemonStatus> {
    return this.call<DaemonStatus>('daemon.status')
  }

  /** Starts a session; returns its id. */
  async session(input: object = {}): Promise<string> {
    const { session_id } = await this.call<{ session_id: string }>('session.start', {
      title: 'test',
      ...input,
    })
    return session_id
  }

  get(session_id: string): Promise<Session> {
    return this.call<Session>('session.get', { session_id })
  }

  send(session_id: string, message: string, options: object = {}): Promise<Collected> {
    return this.call<Collected>('session.send', { session_id, message, ...options })
  }

  input(
    session_id: string,
    text: string,
    options: object = {},
  ): Promise<{ cursor: string; at_prompt: boolean }> {
    return this.call('session.input', { session_id, text, ...options })
  }

  read(session_id: string, options: object = {}): Promise<Reading> {
    return this.call<Reading>('session.read', { session_id, ...options })
  }

  /** Everything that is there after `since`, read in as many steps as it takes. */
  async readAll(session_id: string, options: { since?: string; until?: string; format?: 'raw' } = {}) {
    const gaps: Reading['gaps'][number][] = []
    const pieces: Buffer[] = []
    for (let since = options.since ?? '0'; ; ) {
      const reading = await this.read(session_id, { max_bytes: 1024 * 1024, ...options, since })
      pieces.push(Buffer.from(reading.output, reading.encoding ?? 'utf8'))
      gaps.push(...reading.gaps)
      since = reading.cursor
      if (!reading.truncated || since === options.until) {
        return { ...reading, output: Buffer.concat(pieces).toString(), gaps }
      }
    }
  }
}
