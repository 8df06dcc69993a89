import { join } from 'node:path'
import {
  type PluginContext,
  type Screen,
  type Session,
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
import { findHost, findOrStartHost } from './host/launch.ts'
import type { HostLink } from './host/link.ts'
import type { HostedTerminal } from './host/protocol.ts'
import { checkLimits, limitsOf } from './limits.ts'
import { LiveTerminal, type TerminalMeta } from './live-terminal.ts'
import type { TerminalSettings } from './options.ts'
import { ScreenRenderer } from './screen/screen-renderer.ts'
import { firstPrompt } from './shell/first-prompt.ts'
import { INTEGRATED_SHELLS } from './shell/integration.ts'
import { type Environment, loginEnvironment } from './shell/login-environment.ts'
import { foundIn, type Program, programOf } from './shell/program.ts'
import { removeSecrets } from './shell/secret-file.ts'

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
  readonly #live = new Map<SessionId, LiveTerminal>()
  #shells: readonly string[] = []
  #starting = 0
  #host: Promise<HostLink> | null = null

  constructor(ctx: Context, options: TerminalSettings) {
    this.#ctx = ctx
    this.#options = options
    this.#sink = ctx.services.get(TerminalSinkService)
    // Asked once, and early, so that the first session does not wait for it.
    this.#login = loginEnvironment(process.env, ctx.clock)
    this.#screens = new ScreenRenderer(ctx.clock)
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
    const link = await findHost(this.#ctx.stateDir, this.#ctx.clock)
    if (link) this.#use(link)
    const hosted = new Map(link?.terminals.map(terminal => [terminal.id, terminal]))
    const sessions = this.#sink.live()
    await Promise.all(sessions.map(session => this.#resumeOne(session, link, hosted.get(session.id))))
    for (const session of sessions) hosted.delete(session.id)
    for (const orphan of hosted.values()) this.#drop(orphan, link)
    if (!link?.terminals.length) removeSecrets(this.#secrets)
  }

  async #resumeOne(
    session: Session,
    link: HostLink | null,
    hosted: HostedTerminal | undefined,
  ): Promise<void> {
    if (link && hosted) {
      const live = this.#terminal(session, link, hosted)
      link.attach(hosted.channel, live)
      return
    }
    const failure =
      session.state === 'starting'
        ? 'The daemon ended while this session was being started.'
        : 'The terminal host ended while no daemon was running, and this terminal with it.'
    await this.#sink.exited(session.id, { exitCode: null, signal: null, failure })
  }

  #drop({ id, channel }: HostedTerminal, link: HostLink | null): void {
    this.#ctx.log.warn({ session: id }, 'a terminal of a session that is not known was ended')
    link?.closeTerminal(channel, 0)
    link?.forget(channel)
  }

  async start(spec: TerminalSpec): Promise<TerminalFacts> {
    checkLimits(this.#live.size + this.#starting, this.#options)
    this.#starting++
    try {
      const program = await programOf(spec, await this.#login, this.#options.defaultShell, this.#secrets)
      const live = await this.#spawn(spec, program)
      if (program.secret) await firstPrompt(live, program.args, this.#ctx.clock)
      return live.facts
    } finally {
      this.#starting--
    }
  }

  async #spawn({ session }: TerminalSpec, program: Program): Promise<LiveTerminal> {
    const link = await this.#connected()
    const { secret, secretFile, ...rest } = program
    const { highWaterBytes, ringBytes, pauseMs } = this.#options
    const { cols, rows } = session.terminal
    const retention = { highWaterBytes, ringBytes, pauseMs }
    const meta: TerminalMeta = { secret, cwd: program.cwd, ...(secret && { shell: program.file }) }
    const request = { id: session.id, ...rest, cols, rows, retention, meta }
    await link
      .spawn(request, hosted => this.#terminal(session, link, hosted))
      .catch(error => {
        if (secretFile) removeSecrets(secretFile)
        throw error
      })
    const live = this.#get(session.id)
    if (secretFile) void live.ended.then(() => removeSecrets(secretFile))
    return live
  }

  #terminal(session: Session, link: HostLink, hosted: HostedTerminal): LiveTerminal {
    const live = new LiveTerminal({
      session,
      hosted,
      link,
      sink: this.#sink,
      clock: this.#ctx.clock,
      log: this.#ctx.log,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? null,
    })
    this.#live.set(session.id, live)
    void live.ended.then(() => this.#live.delete(session.id))
    return live
  }

  #connected(): Promise<HostLink> {
    this.#host ??= findOrStartHost(this.#ctx.stateDir, this.#ctx.clock).then(
      link => this.#use(link),
      error => {
        this.#host = null
        throw error
      },
    )
    return this.#host
  }

  #use(link: HostLink): HostLink {
    this.#host = Promise.resolve(link)
    link.onLost(why => {
      this.#host = null
      this.#ctx.log.error({ host: link.pid, why }, 'the terminal host is gone')
      for (const live of this.#live.values()) live.lost(why)
    })
    return link
  }

  isAtPrompt(session: SessionId): boolean {
    return this.#live.get(session)?.isAtPrompt ?? false
  }

  async write(session: SessionId, input: TerminalInput): Promise<void> {
    await this.#get(session).write(input)
  }

  async resize(session: SessionId, cols: number, rows: number): Promise<void> {
    this.#get(session).resize(cols, rows)
  }

  async close(session: SessionId): Promise<void> {
    await this.#live.get(session)?.close()
  }

  async screen(session: SessionId): Promise<Screen> {
    const live = this.#live.get(session)
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
    await Promise.all([...this.#live.values()].map(live => live.detach()))
    await (await this.#host)?.close()
  }

  #get(session: SessionId): LiveTerminal {
    const live = this.#live.get(session)
    if (live) return live
    throw new TeleclaudeError('TC_ERR_SESSION_CLOSED', `Session ${session} has no running terminal.`)
  }
}
