import type { Clock, Timer } from '../../../../core/index.ts'
import type { Carrier, CarrierListener } from '../carrier.ts'
import { InputQueue } from '../input-queue.ts'
import { signalTerminal } from '../process-groups.ts'
import type { ProgramExit } from '../protocol.ts'
import { EndFinder } from './attendant.ts'
import type { ControlClient } from './control-client.ts'
import { ControlLink } from './control-link.ts'
import { Hold } from './hold.ts'
import { asSignal, endOfAdopted, endOfOurs } from './pane-end.ts'
import type { PanePipe } from './pane-pipe.ts'
import type { PaneRecord } from './pane-record.ts'
import { quoted } from './quoted.ts'
import { runTmux } from './server.ts'

export interface PaneParts {
  readonly record: PaneRecord
  readonly control: ControlClient
  readonly pipe: PanePipe
  /** Of the tmux server. */
  readonly version: string
  /** What was on the screen when the pipe was opened. */
  readonly screen: Buffer | null
  /** A new control client on the session that has the pane. */
  reconnect(): Promise<ControlClient>
  /** For the pane's output. */
  openPipe(): Promise<PanePipe>
  /** The pane is no business of ours any more. */
  forget(): void
}

/** tmux parses a command for so long that everybody else waits; this many bytes take it less than a millisecond. */
const INPUT_CHUNK_BYTES = 512
/** How long tmux may take to see that a program has ended. */
const NUDGE_MS = 200
/** How often is looked after a pane whose pipe somebody else has. */
const AGAIN_MS = 1_000

/** One pane of tmux. */
export class TmuxPane implements Carrier {
  readonly pid: number
  readonly tty: string
  readonly input: InputQueue
  readonly #parts: PaneParts
  readonly #clock: Clock
  readonly #listener: CarrierListener
  readonly #ends = new EndFinder()
  readonly #hold: Hold
  readonly #link: ControlLink
  #pipe: PanePipe
  #size: { readonly cols: number; readonly rows: number }
  /** Typed since the program last printed something. */
  #untakenBytes = 0
  #kill: Timer | null = null
  /** The last signal of ours. */
  #sent: 'SIGHUP' | 'SIGKILL' = 'SIGHUP'
  #nudgeTimer: Timer | null = null
  #again: Timer | null = null
  #isLeft = false
  #isOver = false

  constructor(parts: PaneParts, clock: Clock, listener: CarrierListener) {
    const { record, control, pipe, version, screen } = parts
    this.#parts = parts
    this.#clock = clock
    this.#listener = listener
    this.#pipe = pipe
    this.#size = { cols: record.cols, rows: record.rows }
    this.pid = record.pid
    this.tty = record.tty
    this.input = new InputQueue(bytes => this.#type(bytes), clock)
    this.#hold = new Hold({ record, version, clock, onUnstoppable: () => listener.onUnstoppable() }, control)
    this.#link = new ControlLink(
      {
        clock,
        reconnect: () => parts.reconnect(),
        isUrgent: () => this.#hold.isOn,
        onNext: next => this.#reconnected(next),
      },
      control,
    )
    this.#follow(control)
    this.#read(pipe, screen)
  }

  pause(): void {
    if (this.#hold.isOn || this.#isOver) return
    this.#pipe.pause()
    this.#hold.start()
    this.#link.hurry()
  }

  resume(): void {
    if (!this.#hold.isOn) return
    this.#hold.end()
    this.#pipe.resume()
  }

  resize(cols: number, rows: number): void {
    this.#size = { cols, rows }
    this.#link.client.tell(`refresh-client -C ${cols},${rows}`)
    this.#lookAtSize()
  }

  close(graceMs: number, kill: boolean): void {
    if (this.#isOver || this.#kill) return
    if (this.#parts.record.isAdopted && !kill) this.#leave()
    else this.#hangUp(graceMs)
  }

  #hangUp(graceMs: number): void {
    this.#signal('SIGHUP')
    this.#kill = this.#clock.setTimeout(() => {
      this.#signal('SIGKILL')
      this.#nudge()
    }, graceMs)
  }

  #signal(signal: 'SIGHUP' | 'SIGKILL'): void {
    this.#sent = signal
    for (const pid of new Set([this.pid, this.#parts.record.leader])) signalTerminal(pid, signal)
  }

  get #isKilling(): boolean {
    return this.#kill !== null
  }

  get #pane(): string {
    return this.#parts.record.pane
  }

  #leave(): void {
    this.#isLeft = true
    const over = () => this.#over({ exitCode: null, signal: null })
    runTmux(this.#parts.record, 'pipe-pane', '-t', this.#pane).then(over, over)
  }

  #type(bytes: Buffer): number | null {
    if (this.#isOver) return null
    if (!this.#link.client.isReady) return 0
    const piece = bytes.subarray(0, INPUT_CHUNK_BYTES)
    const hex = piece.toString('hex').replace(/../g, '$& ')
    // A person who looks back in copy mode would otherwise have the keys.
    this.#link.client.tell(`copy-mode -q -t ${this.#pane}`)
    this.#link.client.tell(`send-keys -t ${this.#pane} -H ${hex}`)
    this.#untakenBytes += piece.length
    return piece.length
  }

  #read(pipe: PanePipe, screen: Buffer | null): void {
    if (screen) setImmediate(() => this.#printed(screen))
    pipe.read({
      onBytes: this.#parts.record.isAdopted ? bytes => this.#printed(bytes) : bytes => this.#piped(bytes),
      onEnd: () => this.#lookAfterEnd(),
    })
    // It may be one that was opened while the program waits.
    if (this.#hold.isOn) pipe.pause()
  }

  #piped(bytes: Buffer): void {
    const { printed, isEnd } = this.#ends.take(bytes)
    if (printed.length) this.#printed(printed)
    if (isEnd) this.#release()
  }

  /** All that the program printed is here, so tmux may see that it has ended. */
  #release(): void {
    try {
      process.kill(this.#parts.record.leader, 'SIGUSR1')
    } catch {
      // It has ended already.
    }
    this.#nudge()
  }

  /** tmux may miss the end of a program (seen with 3.3a, behind a second pipe-pane); that of another one makes it look. */
  #nudge(afterMs = NUDGE_MS): void {
    this.#nudgeTimer ??= this.#clock.setTimeout(() => {
      this.#nudgeTimer = null
      if (this.#isOver) return
      void runTmux(this.#parts.record, 'run-shell', '-b', 'true').catch(() => {})
      // A program that only prints what stands for its end goes on for long.
      this.#nudge(2 * afterMs)
    }, afterMs)
  }

  #printed(bytes: Buffer): void {
    const taken = this.#untakenBytes
    this.#untakenBytes = 0
    if (taken) this.#listener.onInputTaken(taken)
    this.#listener.onOutput(bytes)
  }

  #follow(control: ControlClient): void {
    // A dead pane that stays by its owner's will has a pipe that does not end.
    if (this.#parts.record.isAdopted) control.tell(`refresh-client -B "dead:${this.#pane}:#{pane_dead}"`)
    control.onNotice((name, rest) => this.#noticed(name, rest))
  }

  #reconnected(control: ControlClient): void {
    this.#hold.follow(control)
    this.#follow(control)
    this.resize(this.#size.cols, this.#size.rows)
  }

  #noticed(name: string, rest: string): void {
    if (name === 'layout-change') this.#lookAtSize()
    if (name === 'subscription-changed' && /: 1$/.test(rest)) this.#lookAfterEnd()
    // Of what a person does in panes of their own nothing is taken, and nothing waits for us.
    const pane = name === 'output' || name === 'extended-output' ? rest.split(' ', 1)[0] : undefined
    if (pane && pane !== this.#pane && /^%\d+$/.test(pane))
      this.#link.client.tell(`refresh-client -A "${pane}:pause"`)
  }

  #lookAtSize(): void {
    const question = `display-message -p -t ${this.#pane} "#{pane_width} #{pane_height}"`
    this.#link.client.ask(question).then(
      ([line = '']) => this.#sized(line),
      () => {},
    )
  }

  #sized(line: string): void {
    const [cols = 0, rows = 0] = line.split(' ').map(Number)
    if (!cols || !rows || (cols === this.#size.cols && rows === this.#size.rows)) return
    this.#size = { cols, rows }
    this.#listener.onResized(cols, rows)
  }

  #lookAfterEnd(): void {
    this.#pipeEnded().catch(() => this.#later(() => this.#pipeEnded()))
  }

  async #pipeEnded(): Promise<void> {
    if (this.#isOver || this.#isLeft) return
    const { record } = this.#parts
    const exit = await (record.isAdopted ? endOfAdopted : endOfOurs)(record)
    if (exit) this.#over(this.#isKilling ? asSignal(exit, this.#sent) : exit)
    else this.#later(() => this.#pipeAgain())
  }

  /** Somebody has ended our pipe, perhaps for one of their own; that one is left to them. */
  async #pipeAgain(): Promise<void> {
    if (this.#isOver || this.#isLeft) return
    const pipe = await this.#parts.openPipe()
    const isOpen = await this.#isFreeFor(pipe).catch(() => false)
    if (!isOpen || this.#isOver || this.#isLeft) {
      pipe.close()
      return await this.#pipeEnded()
    }
    this.#pipe = pipe
    this.#listener.onUnread('its output went to a pipe of somebody else')
    this.#read(pipe, null)
  }

  /** Asked and done in one go. `pipe-pane -o` would end the other pipe. */
  async #isFreeFor({ command }: PanePipe): Promise<boolean> {
    const pipe = `pipe-pane -O -t ${this.#pane} ${quoted(command)}`
    const args = ['-F', '-t', this.#pane, '#{pane_pipe}', 'display-message -p taken', pipe]
    return (await runTmux(this.#parts.record, 'if-shell', ...args)) === ''
  }

  #later(work: () => Promise<void>): void {
    if (this.#isOver) return
    const attempt = () => work().catch(() => this.#later(work))
    this.#again = this.#clock.setTimeout(() => void attempt(), AGAIN_MS)
  }

  #over(exit: ProgramExit): void {
    if (this.#isOver) return
    const rest = this.#ends.rest()
    if (rest.length) this.#printed(rest)
    this.#isOver = true
    this.#hold.close()
    for (const timer of [this.#kill, this.#again, this.#nudgeTimer]) timer?.cancel()
    this.input.close()
    this.#pipe.close()
    this.#link.close()
    this.#parts.forget()
    this.#listener.onExit(exit)
  }
}
