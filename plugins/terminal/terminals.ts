import { join } from 'node:path'
import {
  type CloseOptions,
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
import { backendOf } from './backends.ts'
import { findHost, findOrStartHost } from './host/launch.ts'
import type { HostLink } from './host/link.ts'
import type { HostedTerminal, Retention } from './host/protocol.ts'
import { hasRecords } from './host/tmux/pane-record.ts'
import { checkLimits, limitsOf } from './limits.ts'
import { LiveTerminal, type TerminalMeta } from './live-terminal.ts'
import type { TerminalSettings } from './options.ts'
import type { ParserState } from './output/stream-parser.ts'
import { ScreenRenderer } from './screen/screen-renderer.ts'
import { firstPrompt } from './shell/first-prompt.ts'
import { INTEGRATED_SHELLS } from './shell/integration.ts'
import { type Environment, loginEnvironment } from './shell/login-environment.ts'
import { foundIn, type Program, programOf } from './shell/program.ts'
import { removeSecrets } from './shell/secret-file.ts'
import { paneToAdopt } from './tmux/existing.ts'
import { findTmux } from './tmux/find-tmux.ts'

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
    const link = await this.#hostThatRuns()
    const hosted = new Map(link?.terminals.map(terminal => [terminal.id, terminal]))
    const sessions = this.#sink.live()
    await Promise.all(sessions.map(session => this.#resumeOne(session, link, hosted.get(session.id))))
    for (const session of sessions) hosted.delete(session.id)
    for (const orphan of hosted.values()) this.#drop(orphan, link)
    if (!link?.terminals.length) removeSecrets(this.#secrets)
  }

  /** Also a new one, where terminals outlived the one before. */
  async #hostThatRuns(): Promise<HostLink | null> {
    const { stateDir, clock } = this.#ctx
    if (hasRecords(stateDir)) return await this.#connected()
    const link = await findHost(stateDir, clock)
    return link && this.#use(link)
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
      if (spec.existing !== undefined) return (await this.#adopt(spec)).facts
      const program = await programOf(spec, await this.#login, this.#options.defaultShell, this.#secrets)
      const live = await this.#spawn(spec, program)
      if (program.secret) await firstPrompt(live, program.args, this.#ctx.clock)
      return live.facts
    } finally {
      this.#starting--
    }
  }

  async #spawn({ session }: TerminalSpec, program: Program): Promise<LiveTerminal> {
    const backend = backendOf(session.terminal.backend, this.#options.backend)
    const tmux = backend === 'tmux' ? await findTmux(this.#options, await this.#login) : undefined
    const link = await this.#connected()
    const { secret, secretFile, ...rest } = program
    const { cols, rows } = session.terminal
    const meta: TerminalMeta = { secret, cwd: program.cwd, ...(secret && { shell: program.file }) }
    const request = {
      id: session.id,
      ...rest,
      cols,
      rows,
      retention: this.#retention,
      meta,
      ...(tmux && { tmux }),
    }
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

  get #retention(): Retention {
    const { highWaterBytes, ringBytes, pauseMs } = this.#options
    return { highWaterBytes, ringBytes, pauseMs }
  }

  async #adopt({ session, existing }: TerminalSpec): Promise<LiveTerminal> {
    const login = await this.#login
    const { program } = await findTmux(this.#options, login)
    const tmux = paneToAdopt(existing, program, login)
    const link = await this.#connected()
    const meta: TerminalMeta = { secret: null, cwd: '' }
    const request = { id: session.id, retention: this.#retention, meta, tmux }
    await link.adopt(request, hosted => this.#terminal(session, link, hosted))
    const live = this.#get(session.id)
    this.#sink.changed(session.id, { cwd: live.facts.cwd })
    return live
  }

  #terminal(session: Session, link: HostLink, hosted: HostedTerminal, before?: ParserState): LiveTerminal {
    const live = new LiveTerminal({
      session,
      hosted,
      link,
      sink: this.#sink,
      clock: this.#ctx.clock,
      log: this.#ctx.log,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? null,
      before,
    })
    this.#live.set(session.id, live)
    void live.ended.then(() => {
      if (this.#live.get(session.id) === live) this.#live.delete(session.id)
    })
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
      void this.#findAgain(why, !link.isReplaced)
    })
    return link
  }

  /** What runs in tmux outlives the host, and is there again with the next one. */
  async #findAgain(why: string, isOurs: boolean): Promise<void> {
    const all = [...this.#live.values()]
    const waiting = all.filter(live => isOurs && live.isInTmux)
    for (const live of all) if (!waiting.includes(live)) live.lost(why)
    // A start that was under way may have come as far as a pane.
    if (!isOurs || (!waiting.length && !hasRecords(this.#ctx.stateDir))) return
    try {
      const link = await this.#connected()
      await Promise.all(waiting.map(live => live.detach()))
      const hosted = new Map(link.terminals.map(terminal => [terminal.id, terminal]))
      for (const live of waiting) {
        this.#goOn(live, link, hosted.get(live.session.id), why)
        hosted.delete(live.session.id)
      }
      for (const orphan of hosted.values()) this.#drop(orphan, link)
    } catch (err) {
      this.#ctx.log.error({ err }, 'no terminal host could be started to find what runs in tmux')
      for (const live of waiting) live.lost(why)
    }
  }

  #goOn(before: LiveTerminal, link: HostLink, hosted: HostedTerminal | undefined, why: string): void {
    if (!hosted) {
      before.lost(why)
      return
    }
    const live = this.#terminal(before.session, link, hosted, before.state)
    before.succeededBy(live)
    link.attach(hosted.channel, live)
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

  async close(session: SessionId, { kill }: CloseOptions = {}): Promise<void> {
    await this.#live.get(session)?.close(kill)
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
