import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { boundToThisProcess } from './bound-to-this-process.ts'
import type { Program } from './debian.ts'
import { freePort } from './free-port.ts'
import { isStopped } from './processes.ts'
import { redisAnswers } from './redis-answers.ts'
import { certificatePath, OPERATOR, type RedisOptions, redisConfiguration } from './redis-configuration.ts'
import { findRedis } from './redis-programs.ts'
import { until } from './until.ts'

export type { RedisOptions } from './redis-configuration.ts'

const READY_MS = 10_000

/** A private redis-server. Disposing it ends it. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { server, cli } = await findRedis()
  const redis = new RedisServer(options, server, cli)
  try {
    await redis.start()
    return redis
  } catch (error) {
    await redis[Symbol.asyncDispose]()
    throw error
  }
}

/** A real redis-server of the test's own, in a fresh folder; see {@link startRedis}. */
export class RedisServer implements AsyncDisposable {
  readonly dir = mkdtempSync('/tmp/tc-')
  readonly socketPath = join(this.dir, 'redis.sock')
  readonly #options: RedisOptions
  readonly #server: Program
  readonly #cli: Program
  readonly #operatorPassword = randomBytes(16).toString('hex')
  #child: ChildProcess | null = null
  #port = 0
  #busPort = 0
  #printed = ''

  constructor(options: RedisOptions, server: Program, cli: Program) {
    this.#options = options
    this.#server = server
    this.#cli = cli
  }

  /** What ioredis takes: the path of the socket, or a URL if it listens on TCP. */
  get url(): string {
    if (this.#options.tcp === 'tls') return `rediss://localhost:${this.#port}`
    return this.#options.tcp ? `redis://127.0.0.1:${this.#port}` : this.socketPath
  }

  /** The same for the life of the server, through restarts. 0 without `tcp`. */
  get port(): number {
    return this.#port
  }

  /** Where it talks to other nodes, with `cluster`. */
  get busPort(): number {
    return this.#busPort
  }

  /** The certificate that its clients must trust, with `tcp: 'tls'`. */
  get ca(): string {
    return readFileSync(certificatePath('ca.pem'), 'utf8')
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it has logged since it was last started. */
  get printed(): string {
    return this.#printed
  }

  /** Starts what was stopped, with the same socket and port. Settles when it answers. */
  async start(): Promise<void> {
    if (this.isRunning) return
    const mayMove = this.#port === 0
    for (let attempt = 1; ; attempt++) {
      if (mayMove) await this.#choosePorts()
      try {
        return await this.#launch()
      } catch (error) {
        if (!mayMove || attempt === 5 || !/already in use/i.test(this.#printed)) throw error
      }
    }
  }

  /** Ends it at once, as a crash does; what it held is lost unless it is to be saved. */
  async stop({ save = false } = {}): Promise<void> {
    const child = this.#child
    if (!child || !this.isRunning) return
    this.#signal('SIGCONT')
    if (save) await this.cli('SAVE')
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Ends it and starts it again, with what it held or with nothing. */
  async restart({ empty }: { empty: boolean }): Promise<void> {
    await this.stop({ save: !empty })
    if (empty) rmSync(this.#dataDir, { recursive: true, force: true })
    await this.start()
  }

  /** Freezes the process: connections stay, and nothing is answered. */
  async pause(): Promise<void> {
    this.#signal('SIGSTOP')
    await until(() => isStopped(this.pid), 'a paused redis-server')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /**
   * What the real redis-cli prints, less the last line break.
   * @throws with the answer if it is an error
   */
  async cli(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.#cli.env, REDISCLI_AUTH: this.#operatorPassword }
    const login = ['-s', this.socketPath, '--user', OPERATOR, '-e']
    const { stdout } = await promisify(execFile)(this.#cli.path, [...login, ...args], {
      env,
      maxBuffer: 1 << 28,
    })
    return stdout.replace(/\n$/, '')
  }

  async configSet(name: string, value: string | number): Promise<void> {
    await this.cli('CONFIG', 'SET', name, String(value))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.dir, { recursive: true, force: true })
  }

  async #choosePorts(): Promise<void> {
    if (this.#options.tcp) this.#port = await freePort()
    if (this.#options.cluster) this.#busPort = await freePort()
  }

  async #launch(): Promise<void> {
    this.#printed = ''
    mkdirSync(this.#dataDir, { recursive: true })
    const { socketPath, port, busPort } = this
    const place = {
      dataDir: this.#dataDir,
      socketPath,
      port,
      busPort,
      operatorPassword: this.#operatorPassword,
    }
    const config = join(this.dir, 'redis.conf')
    writeFileSync(config, redisConfiguration(this.#options, place), { mode: 0o600 })
    const mode = this.#options.sentinel ? ['--sentinel'] : []
    const [command, args] = boundToThisProcess(this.#server.path, [config, ...mode])
    const env = { ...process.env, ...this.#server.env }
    const child = spawn(command, args, { cwd: this.dir, env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const keep = (chunk: Buffer) => {
      this.#printed = (this.#printed + chunk.toString()).slice(-64 * 1024)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    await once(child, 'spawn')
    await until(() => this.#isReady(), 'a redis-server that answers', READY_MS)
  }

  async #isReady(): Promise<boolean> {
    if (!this.isRunning) throw new Error(`redis-server did not start: ${this.#printed}`)
    return await redisAnswers(this.socketPath)
  }

  get #dataDir(): string {
    return join(this.dir, 'data')
  }

  #signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child?.kill(name)
  }
}
