import { join } from 'node:path'
import {
  type CloseOptions,
  type PluginContext,
  type Screen,
  type SessionId,
  TeleclaudeError,
  type TerminalFacts,
  type TerminalInput,
  type TerminalLimits,
  type TerminalSink,
  TerminalSinkService,
  type TerminalSpec,
  type Terminals,
} from '../../core/index.ts'
import { HostConnection } from './host-connection.ts'
import { checkLimits, limitsOf } from './limits.ts'
import { LiveTerminals } from './live-terminals.ts'
import type { TerminalSettings } from './options.ts'
import { ScreenRenderer } from './screen/screen-renderer.ts'
import { firstPrompt } from './shell/first-prompt.ts'
import { INTEGRATED_SHELLS } from './shell/integration.ts'
import { type Environment, loginEnvironment } from './shell/login-environment.ts'
import { foundIn, programOf } from './shell/program.ts'
import { removeSecrets } from './shell/secret-file.ts'
import { Starts } from './starts.ts'
import { Survivors } from './survivors.ts'

type Context = Pick<PluginContext, 'clock' | 'log' | 'services' | 'stateDir'>

/** How much recent output a screen is drawn from. */
const SCREEN_BYTES = 1024 * 1024

/** The terminals of this computer, run by the pty host. */
export class PtyTerminals implements Terminals {
  readonly #ctx: Context
  readonly #options: TerminalSettings
  readonly #sink: TerminalSink
  readonly #login: Promise<Environment>
  readonly #screens: ScreenRenderer
  readonly #live: LiveTerminals
  readonly #host: HostConnection
  readonly #survivors: Survivors
  readonly #starts: Starts
  #shells: readonly string[] = []
  #starting = 0

  constructor(ctx: Context, options: TerminalSettings) {
    const { clock, log } = ctx
    this.#ctx = ctx
    this.#options = options
    const sink = ctx.services.get(TerminalSinkService)
    this.#sink = sink
    // Asked once, and early, so that the first session does not wait for it.
    const login = loginEnvironment(process.env, clock)
    this.#login = login
    this.#screens = new ScreenRenderer(clock)
    const live = new LiveTerminals({ sink, clock, log, idleTimeoutMs: options.idleTimeoutMs ?? null })
    this.#live = live
    const host = new HostConnection(ctx, (link, why) => void this.#survivors.ofLostHost(link, why))
    this.#host = host
    this.#survivors = new Survivors({ ctx, sink, host, live })
    this.#starts = new Starts({ settings: options, login, sink, host, live })
    void this.#findShells()
  }

  /** Of shells that are starting. */
  get #secrets(): string {
    return join(this.#ctx.stateDir, 'starting')
  }

  get shells(): readonly string[] {
    return this.#shells
  }

  limits(): TerminalLimits {
    return limitsOf(this.#options)
  }

  async #findShells(): Promise<void> {
    try {
      this.#shells = await foundIn((await this.#login).PATH ?? '', INTEGRATED_SHELLS)
    } catch (err) {
      this.#ctx.log.warn({ err }, 'the shells of this computer could not be listed')
    }
  }

  /** Takes up the terminals that an earlier daemon left running, and reports those that are gone. */
  async resume(): Promise<void> {
    if (!(await this.#survivors.ofEarlierDaemon())) removeSecrets(this.#secrets)
  }

  async start(spec: TerminalSpec): Promise<TerminalFacts> {
    checkLimits(this.#live.size + this.#starting, this.#options)
    this.#starting++
    try {
      if (spec.existing !== undefined) return (await this.#starts.adopt(spec)).facts
      const program = await programOf(spec, await this.#login, this.#options.defaultShell, this.#secrets)
      const live = await this.#starts.spawn(spec, program)
      if (program.secret) await firstPrompt(live, program.args, this.#ctx.clock)
      return live.facts
    } finally {
      this.#starting--
    }
  }

  isAtPrompt(session: SessionId): boolean {
    return this.#live.find(session)?.isAtPrompt ?? false
  }

  async write(session: SessionId, input: TerminalInput): Promise<void> {
    await this.#live.get(session).write(input)
  }

  async resize(session: SessionId, cols: number, rows: number): Promise<void> {
    this.#live.get(session).resize(cols, rows)
  }

  async close(session: SessionId, { kill }: CloseOptions = {}): Promise<void> {
    await this.#live.find(session)?.close(kill)
  }

  async screen(session: SessionId): Promise<Screen> {
    const live = this.#live.find(session)
    if (!live) {
      const message = 'The session has ended, so it has no screen any more. Read its output instead.'
      throw new TeleclaudeError('TC_ERR_SCREEN_UNAVAILABLE', message)
    }
    const { cols, rows } = live.facts
    return this.#screens.render(this.#sink.recentOutput(session, SCREEN_BYTES), cols, rows)
  }

  /** Leaves the terminals to the host, once what came from them is in the journal. */
  async detach(): Promise<void> {
    await this.#screens.close()
    await Promise.all(this.#live.all().map(live => live.detach()))
    await this.#host.close()
  }
}
