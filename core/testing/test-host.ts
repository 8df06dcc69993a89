import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { AdapterClient } from '../adapters/adapter.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { configSchema, type TeleclaudeConfig } from '../config/schema.ts'
import { type Daemon, startDaemon } from '../daemon.ts'
import { TeleclaudeError } from '../errors.ts'
import { type ConfiguredPlugin, definePlugin, type PluginContext } from '../host/plugin.ts'
import type { Services } from '../host/service.ts'
import { createLogger } from '../log.ts'
import type { InvokeOptions } from '../operations/operation.ts'
import type { Session } from '../sessions/session.ts'
import { type Sessions, SessionsService, type StartRequest } from '../sessions/sessions.ts'
import type { TerminalExit, TerminalInput } from '../sessions/terminal.ts'
import { openStateDir } from '../state-dir.ts'
import { createScriptedTerminals, scriptedTerminals } from './scripted-terminals.ts'

export interface TestHostOptions {
  /** The plugins under test. Terminals are there already, scripted ones: see {@link TestHost.print}. */
  readonly plugins?: readonly ConfiguredPlugin[]
  /** What else the configuration says. */
  readonly config?: Omit<TeleclaudeConfig, 'plugins' | 'environments'>
  /** Default: the real time. */
  readonly clock?: Clock
}

/** A whole daemon in this process, with a state folder of its own, for tests. Disposing stops it and removes the folder. */
export interface TestHost extends AsyncDisposable {
  readonly computer: string
  readonly stateDir: string
  readonly services: Services
  readonly client: AdapterClient
  readonly sessions: Sessions
  /** Starts a session in a scripted terminal. */
  startSession(request?: Partial<StartRequest>): Promise<Session>
  /** Has a session's terminal print; settles when that is in the journal. Lines end with `\r\n`, as a terminal's do. */
  print(session: Session, text: string): Promise<void>
  /** Ends a session's program; by default with exit code 0. */
  exit(session: Session, exit?: TerminalExit): Promise<void>
  /** What was typed into a session, by whomever. */
  typed(session: Session): readonly TerminalInput[]
  /** Calls an operation as the user who runs the daemon. */
  call<T = unknown>(operation: string, input: unknown, options?: InvokeOptions): Promise<T>
  /** Everything that was logged, at every level, one JSON object per line. Goes on over restarts. */
  readonly logs: readonly string[]
  /** Closes the daemon as a signal would. Sessions live on, and what was kept is kept. */
  stop(): Promise<void>
  /** Starts it again on the same state. */
  start(): Promise<void>
}

/**
 * Starts a daemon with the given plugins.
 * @throws what a daemon throws that cannot start: TC_ERR_CONFIG_INVALID, TC_ERR_PLUGIN_SETUP …
 *
 * @example
 * await using host = await createTestHost({ plugins: [myPlugin({ folder })] })
 * const session = await host.startSession()
 * await host.print(session, 'hello\r\n')
 */
export async function createTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const stateDir = mkdtempSync(join(tmpdir(), 'tc-'))
  const host = new RunningHost(stateDir, options)
  try {
    await host.start()
    return host
  } catch (error) {
    rmSync(stateDir, { recursive: true })
    throw error
  }
}

class RunningHost implements TestHost {
  readonly stateDir: string
  readonly logs: string[] = []
  readonly #options: TestHostOptions
  readonly #terminals = createScriptedTerminals()
  readonly #insider = createInsider()
  #daemon: Daemon | undefined

  constructor(stateDir: string, options: TestHostOptions) {
    this.stateDir = stateDir
    this.#options = options
  }

  get computer() {
    return this.#running.computer
  }

  get services() {
    return this.#running.services
  }

  get client() {
    return this.#insider.context().client
  }

  get sessions() {
    return this.services.get(SessionsService)
  }

  startSession(request: Partial<StartRequest> = {}) {
    return this.sessions.start({ title: 'test', originAdapter: 'test', cwd: this.stateDir, ...request })
  }

  print(session: Session, text: string) {
    return this.#terminals.print(session.id, text)
  }

  exit(session: Session, exit?: TerminalExit) {
    return this.#terminals.exit(session.id, exit)
  }

  typed(session: Session) {
    return this.#terminals.typed(session.id)
  }

  call<T>(operation: string, input: unknown, options?: InvokeOptions) {
    const caller = { principal: { kind: 'user', name: 'test', scopes: '*' }, surface: 'test' } as const
    return this.#insider.context().operations.call<T>(operation, input, caller, options)
  }

  async start() {
    const config = loadedConfig(this.stateDir, this.#options, [
      scriptedTerminals(this.#terminals),
      this.#insider.plugin,
    ])
    const write = (line: string) => void this.logs.push(line)
    this.#daemon = await startDaemon({
      config,
      stateDir: openStateDir({ env: {}, path: this.stateDir }),
      clock: this.#options.clock ?? systemClock,
      log: createLogger({ level: 'trace', destination: { write }, secrets: config.secrets.revealed }),
    })
  }

  async stop() {
    const daemon = this.#daemon
    this.#daemon = undefined
    await daemon?.close()
  }

  async [Symbol.asyncDispose]() {
    await this.stop()
    rmSync(this.stateDir, { recursive: true })
  }

  get #running(): Daemon {
    if (this.#daemon) return this.#daemon
    throw new TeleclaudeError('TC_ERR_NOT_RUNNING', 'this test host is stopped; start() it first')
  }
}

/** As if it had been read from a file that nobody else can read, so that secrets may stand in it. */
function loadedConfig(dir: string, options: TestHostOptions, own: readonly ConfiguredPlugin[]): LoadedConfig {
  const parsed = configSchema.parse({ computer: { name: 'testhost' }, ...options.config })
  return {
    source: null,
    dir,
    environment: null,
    config: { ...parsed, computer: { name: parsed.computer.name ?? 'testhost' } },
    plugins: [...own, ...(options.plugins ?? [])],
    secrets: { env: {}, dir, allowsLiterals: true, revealed: new Set() },
    meshSecretFile: null,
  }
}

/** A plugin that does nothing but let the test at what plugins are given. */
function createInsider() {
  let context: PluginContext | undefined
  const insider = definePlugin({
    name: 'test-insider',
    summary: 'Lets a test call operations and adapters.',
    options: z.strictObject({}),
    setup(ctx) {
      context = ctx
    },
  })
  return {
    plugin: insider(),
    context(): PluginContext {
      if (context) return context
      throw new TeleclaudeError('TC_ERR_NOT_RUNNING', 'this test host is stopped; start() it first')
    },
  }
}
