import type { Logger } from 'pino'
import {
  type Append,
  type Clock,
  messageOf,
  type Session,
  TeleclaudeError,
  type TerminalExit,
  type TerminalFacts,
  type TerminalInput,
  type TerminalSink,
  withDeadline,
} from '../../core/index.ts'
import { goingOn, isFoundAgain, stateOf } from './found-again.ts'
import type { HostLink } from './host/link.ts'
import type { HostedTerminal, ProgramExit } from './host/protocol.ts'
import type { TerminalListener } from './host/terminal-listener.ts'
import { type IdleWatch, watchIdleness } from './idle-watch.ts'
import { Typist } from './input/typist.ts'
import { createMarkReader } from './output/marks.ts'
import { Recorder } from './output/recorder.ts'
import type { ParserState } from './output/stream-parser.ts'
import { PromptGate } from './prompt-gate.ts'
import type { StartingShell } from './shell/first-prompt.ts'
import { shellTraits } from './shell/integration.ts'
import { clamped, factsOf } from './terminal-facts.ts'

export interface LiveTerminalOptions {
  readonly session: Session
  readonly hosted: HostedTerminal
  readonly link: HostLink
  readonly sink: TerminalSink
  readonly clock: Clock
  readonly log: Logger
  readonly idleTimeoutMs: number | null
  /** What an earlier host's terminal was known to do, where this host has found it again. */
  readonly before?: ParserState | undefined
}

/** What the host keeps of a terminal for the next daemon. */
export interface TerminalMeta {
  readonly secret: string | null
  readonly cwd: string
  /** The shell that has the secret. Older versions did not say: it was bash. */
  readonly shell?: string
}

/** How long a program that was hung up on may take to end. */
const CLOSE_GRACE_MS = 3_000
/** How long the last commits may take when the daemon stops. What is not committed then comes again from the host. */
const SETTLE_MS = 1_000

/** One running terminal: what its host says goes into the journal, what is typed goes to the host. */
export class LiveTerminal implements TerminalListener, StartingShell {
  /** Settles when the terminal has ended and that is recorded. */
  readonly ended: Promise<void>
  readonly #options: LiveTerminalOptions
  readonly #recorder: Recorder
  readonly #prompt: PromptGate
  readonly #typist: Typist
  readonly #idle: IdleWatch
  #facts: TerminalFacts
  #isOver = false
  #closing: { readonly kill: boolean } | null = null
  #printedAt: number
  #resolveEnded: () => void = () => {}

  constructor(options: LiveTerminalOptions) {
    const { session, hosted, link, sink, clock, log, before } = options
    // Written by us, when the terminal was started.
    const { secret, cwd, shell = 'bash' } = hosted.meta as TerminalMeta
    this.#options = options
    this.ended = new Promise(resolve => {
      this.#resolveEnded = resolve
    })
    // What was printed while nobody read may have been the next command.
    const isAtPrompt = sink.isAtPrompt(session.id) && !isFoundAgain(hosted)
    this.#prompt = new PromptGate(isAtPrompt, shellTraits(shell))
    this.#printedAt = clock.monotonic()
    this.#recorder = new Recorder({
      session: session.id,
      hosted: isFoundAgain(hosted) ? goingOn(hosted, before ?? stateOf(session, sink)) : hosted,
      marks: secret === null ? null : createMarkReader(secret, hosted.pid),
      sink,
      clock,
      log,
      onEntries: (entries, state) => this.#recorded(entries, state),
      ack: (offset, checkpoint) => link.ack(hosted.channel, offset, checkpoint),
    })
    this.#facts = factsOf(
      session,
      hosted,
      this.#recorder.state.command.cwd ?? (cwd || (hosted.tmux?.cwd ?? '')),
    )
    const { channel } = hosted
    const hands = {
      press: (bytes: Buffer) => link.input(channel, bytes),
      submit: (text: Buffer, echoWithinMs: number) => link.submit(channel, text, echoWithinMs),
    }
    this.#typist = new Typist(hands, clock)
    if (isFoundAgain(hosted))
      this.unread('the terminal host ended, and what was printed until it was back was not read')
    this.#idle = watchIdleness(clock, options.idleTimeoutMs, () => this.#closeIdle())
  }

  get facts(): TerminalFacts {
    return this.#facts
  }

  get isAtPrompt(): boolean {
    return this.#prompt.isOpen
  }

  get pid(): number {
    return this.#options.hosted.pid
  }

  get takesKeys(): boolean {
    const { bracketedPaste, alternateScreen } = this.#recorder.state.modes
    return bracketedPaste || alternateScreen
  }

  get quietMs(): number {
    return this.#options.clock.monotonic() - this.#printedAt
  }

  /** Settles at the first prompt, or when there will be none. */
  get firstPrompt(): Promise<void> {
    return Promise.race([this.#prompt.opened, this.ended])
  }

  async write(input: TerminalInput): Promise<void> {
    this.#idle.touch()
    await this.#typist.type(input, () => this.#recorder.state.modes, this.#prompt)
  }

  resize(cols: number, rows: number): void {
    const size = { cols: clamped(cols), rows: clamped(rows) }
    this.#facts = { ...this.#facts, ...size }
    this.#options.link.resize(this.#options.hosted.channel, size.cols, size.rows)
  }

  close(kill = false): Promise<void> {
    this.#closing = { kill }
    this.#options.link.closeTerminal(this.#options.hosted.channel, CLOSE_GRACE_MS, kill)
    return this.ended
  }

  /** Takes nothing more from the host; settles when what was taken is in the journal. On a full disk the host keeps it. */
  async detach(): Promise<void> {
    this.#isOver = true
    this.#idle[Symbol.dispose]()
    const late = new TeleclaudeError('TC_ERR_TIMEOUT', 'the journal is stalled')
    await withDeadline(this.#options.clock, this.#recorder.settled, SETTLE_MS, () => late).catch(() => {})
  }

  /** Whether it outlives its host. */
  get isInTmux(): boolean {
    return this.#options.hosted.tmux !== undefined
  }

  get session(): Session {
    return this.#options.session
  }

  /** What is known of the program, for the one that goes on with it. */
  get state(): ParserState {
    return this.#recorder.state
  }

  /** The terminal was found again by another host: what was asked of this one is asked of that. */
  succeededBy(next: LiveTerminal): void {
    void next.ended.then(() => this.#resolveEnded())
    if (this.#closing) void next.close(this.#closing.kill)
  }

  /** The host is gone, and so is the terminal. */
  lost(why: string): void {
    this.#isOver = false
    const failure = `The terminal host ended (${why}), and this terminal with it.`
    this.#end({ exitCode: null, signal: null, failure })
  }

  output(bytes: Buffer): void {
    if (this.#isOver) return
    this.#idle.touch()
    this.#printedAt = this.#options.clock.monotonic()
    this.#typist.echoed()
    try {
      this.#recorder.output(bytes)
    } catch (error) {
      this.#unreadable(error)
    }
  }

  dropped(offset: number, bytes: number): void {
    if (!this.#isOver) this.#recorder.dropped(offset, bytes)
  }

  taken(bytes: number): void {
    this.#typist.taken(bytes)
  }

  resized(cols: number, rows: number): void {
    if (this.#isOver) return
    this.#facts = { ...this.#facts, cols, rows }
    this.#options.sink.changed(this.#options.session.id, { cols, rows })
  }

  unread(reason: string): void {
    if (this.#isOver) return
    this.#options.sink.append(this.#options.session.id, [{ kind: 'gap', bytes: 0, reason }]).catch(err => {
      this.#options.log.error({ err, session: this.#options.session.id }, 'a gap could not be recorded')
    })
  }

  submitted(): void {
    this.#typist.submitted()
  }

  exit({ exitCode, signal, failure }: ProgramExit): void {
    this.#end({ exitCode, signal, ...(failure !== undefined && { failure }) })
  }

  /** A fault of ours in reading one terminal must not end the others, nor go on with a state that may be wrong. */
  #unreadable(error: unknown): void {
    const { log, session, link, hosted } = this.#options
    log.error({ err: error, session: session.id }, 'the output of a terminal could not be read')
    link.closeTerminal(hosted.channel, CLOSE_GRACE_MS)
    const failure = `Its output could not be read (${messageOf(error)}); the log has the details.`
    this.#end({ exitCode: null, signal: null, failure })
  }

  #end(exit: TerminalExit): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#idle[Symbol.dispose]()
    this.#recordEnd(exit).catch(error => {
      this.#options.log.error(
        { err: error, session: this.#options.session.id },
        'an ended terminal was not recorded',
      )
    })
  }

  /** The host keeps the terminal until its end is recorded, so that a crash in between forgets nothing. */
  async #recordEnd(exit: TerminalExit): Promise<void> {
    const { sink, session, link, hosted } = this.#options
    await this.#recorder.finish()
    await sink.exited(session.id, exit)
    link.forget(hosted.channel)
    this.#resolveEnded()
  }

  #recorded(entries: readonly Append[], { command }: ParserState): () => void {
    if (command.phase === 'unmarked') this.#prompt.giveUp()
    let committed = () => {}
    for (const entry of entries) {
      if (entry.kind !== 'mark') continue
      if (entry.mark.type === 'start') this.#prompt.close()
      if (entry.mark.type === 'prompt') committed = this.#prompt.prompted()
      if ('cwd' in entry.mark && entry.mark.cwd) this.#moved(entry.mark.cwd)
    }
    return committed
  }

  #moved(cwd: string): void {
    if (cwd === this.#facts.cwd) return
    this.#facts = { ...this.#facts, cwd }
    this.#options.sink.changed(this.#options.session.id, { cwd })
  }

  #closeIdle(): void {
    const { sink, session, idleTimeoutMs, log } = this.#options
    const text = `Closed: nothing was typed or printed for ${idleTimeoutMs} ms.`
    const notice = { kind: 'notice', text, format: 'text', author: 'terminal' } as const
    sink.append(session.id, [notice]).then(
      () => this.close(),
      error => log.error({ err: error, session: session.id }, 'an idle session could not be closed'),
    )
  }
}
