import { randomBytes } from 'node:crypto'
import type { Clock, Timer } from '../../../core/index.ts'
import type { Carrier, OpenCarrier } from './carrier.ts'
import { OutputLog } from './output-log.ts'
import type { HostedPane, HostedTerminal, ProgramExit, SpawnRequest } from './protocol.ts'

/** What a terminal is for the daemon. */
export interface TerminalSpec extends Pick<SpawnRequest, 'id' | 'retention' | 'meta'> {
  readonly tmux?: HostedPane
}

/** Where a terminal's output goes while a daemon reads it. */
export interface OutputReader {
  /** Whether it can take more now; if not, it asks again (see {@link Terminal.pump}) when it can. */
  readonly isReady: boolean
  output(channel: number, offset: number, bytes: Buffer): void
  dropped(channel: number, offset: number, bytes: number): void
  taken(channel: number, bytes: number): void
  submitted(channel: number): void
  resized(channel: number, cols: number, rows: number): void
  unread(channel: number, reason: string): void
  exit(channel: number, offset: number, exit: ProgramExit): void
}

/** Little of what a daemon lets wait for a program that does not read. */
const TELL_TAKEN_BYTES = 16 * 1024

const ENTER = Buffer.from('\r')

/** One program with its output that no daemon has committed yet. */
export class Terminal {
  readonly id: string
  readonly channel: number
  readonly stream = randomBytes(9).toString('base64url')
  readonly #spec: TerminalSpec
  readonly #clock: Clock
  readonly #log = new OutputLog()
  readonly #carrier: Carrier
  #checkpoint: unknown = null
  #reader: OutputReader | null = null
  #exit: ProgramExit | null = null
  #isExitTold = false
  #isFlushDue = false
  #untoldInput = 0
  /** Runs while the program is made to wait; when it ends, the oldest bytes go instead. */
  #patience: Timer | null = null
  #isOverflowing = false
  #isForgotten = false

  constructor(spec: TerminalSpec, channel: number, clock: Clock, open: OpenCarrier) {
    this.id = spec.id
    this.channel = channel
    this.#spec = spec
    this.#clock = clock
    this.#carrier = open({
      onOutput: bytes => this.#printed(bytes),
      onExit: exit => this.#ended(exit),
      onInputTaken: bytes => this.#took(bytes),
      onResized: (cols, rows) => this.#resized(cols, rows),
      onUnstoppable: () => this.#overflow(),
      onUnread: reason => this.#unread(reason),
    })
  }

  describe(): HostedTerminal {
    const { id, channel, stream } = this
    const { pid, tty } = this.#carrier
    const { meta, tmux } = this.#spec
    return {
      id,
      channel,
      stream,
      pid,
      tty,
      ...(tmux && { tmux }),
      meta,
      acked: this.#log.acked,
      checkpoint: this.#checkpoint,
    }
  }

  attach(reader: OutputReader): void {
    this.#reader = reader
    this.#isExitTold = false
    this.#log.rewind()
    this.#progress()
  }

  detach(): void {
    this.#reader = null
    this.#log.rewind()
    this.#balance()
  }

  ack(offset: number, checkpoint: unknown): void {
    const before = this.#log.acked
    this.#log.ack(offset)
    if (this.#log.acked === before) return
    this.#checkpoint = checkpoint
    this.#progress()
  }

  input(bytes: Buffer): void {
    this.#carrier.input.write(Buffer.from(bytes))
  }

  /** Enter is pressed here, so that text is never left without it, whatever becomes of the daemon meanwhile. */
  submit(text: Buffer, echoWithinMs: number): void {
    this.input(text)
    this.#carrier.input.awaitEcho(echoWithinMs, () => this.#tellSubmitted())
    this.input(ENTER)
  }

  /** Behind all that was printed before it, so that the daemon knows which prompt it was submitted at. */
  #tellSubmitted(): void {
    this.pump()
    this.#reader?.submitted(this.channel)
  }

  /** Told together with what the program prints in answer, or when it is much. */
  #took(bytes: number): void {
    this.#untoldInput += bytes
    if (this.#untoldInput >= TELL_TAKEN_BYTES) this.#tellTaken()
  }

  #tellTaken(): void {
    if (this.#untoldInput > 0) this.#reader?.taken(this.channel, this.#untoldInput)
    this.#untoldInput = 0
  }

  #resized(cols: number, rows: number): void {
    this.#reader?.resized(this.channel, cols, rows)
  }

  #unread(reason: string): void {
    this.pump()
    this.#reader?.unread(this.channel, reason)
  }

  resize(cols: number, rows: number): void {
    this.#carrier.resize(cols, rows)
  }

  close(graceMs: number, kill: boolean): void {
    this.#carrier.close(graceMs, kill)
  }

  /** Nobody will ask for this terminal again. */
  dispose(): void {
    this.#isForgotten = true
    this.#reader = null
    this.#release()
  }

  /** Sends what may be sent: no more unacknowledged bytes than the high-water mark. */
  pump(): void {
    const { highWaterBytes } = this.#spec.retention
    this.#tellTaken()
    while (this.#reader?.isReady && this.#log.sent - this.#log.acked < highWaterBytes) {
      const piece = this.#log.next()
      if (!piece) {
        this.#tellExit()
        return
      }
      if ('bytes' in piece) this.#reader.output(this.channel, piece.offset, piece.bytes)
      else this.#reader.dropped(this.channel, piece.offset, piece.droppedBytes)
    }
  }

  /** Somebody reads, so a program that waits is given the whole time again. */
  #progress(): void {
    const isHeld = this.#patience !== null
    this.#isOverflowing = false
    this.#losePatience()
    if (isHeld) this.#hold()
    this.pump()
    this.#balance()
  }

  #printed(bytes: Buffer): void {
    if (this.#isForgotten) return
    this.#carrier.input.echoed()
    this.#log.append(bytes)
    if (this.#isOverflowing) this.#log.shrinkTo(this.#spec.retention.ringBytes)
    this.#balance()
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    // All reads of this turn of the event loop go out together, without any of them waiting longer than that.
    setImmediate(() => {
      this.#isFlushDue = false
      this.pump()
    })
  }

  /** Makes the program wait, or lets it go on, by how much of its output is not yet safe. */
  #balance(): void {
    const { highWaterBytes, ringBytes } = this.#spec.retention
    const unsafe = this.#log.end - this.#log.acked
    const limit = this.#reader ? highWaterBytes : ringBytes
    if (this.#isOverflowing || unsafe <= limit / 4) this.#release()
    else if (unsafe >= limit) this.#hold()
  }

  #hold(): void {
    this.#carrier.pause()
    this.#patience ??= this.#clock.setTimeout(() => this.#overflow(), this.#spec.retention.pauseMs)
  }

  #release(): void {
    this.#losePatience()
    this.#carrier.resume()
  }

  #losePatience(): void {
    this.#patience?.cancel()
    this.#patience = null
  }

  #overflow(): void {
    this.#isOverflowing = true
    this.#release()
  }

  #ended(exit: ProgramExit): void {
    this.#exit = exit
    this.#losePatience()
    this.pump()
  }

  #tellExit(): void {
    if (!this.#exit || this.#isExitTold) return
    this.#isExitTold = true
    this.#reader?.exit(this.channel, this.#log.end, this.#exit)
  }
}
