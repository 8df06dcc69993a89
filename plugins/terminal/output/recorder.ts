import type { Logger } from 'pino'
import {
  type Append,
  type Clock,
  messageOf,
  type SessionId,
  type SourcePosition,
  type TerminalSink,
} from '../../../core/index.ts'
import type { HostedTerminal } from '../host/protocol.ts'
import type { MarkReader } from './marks.ts'
import { INITIAL_STATE, type ParserState, StreamParser } from './stream-parser.ts'

export interface RecorderOptions {
  readonly session: SessionId
  readonly hosted: HostedTerminal
  readonly marks: MarkReader | null
  readonly sink: TerminalSink
  readonly clock: Clock
  readonly log: Logger
  /** Told of new entries, and of the state behind them, before they are committed; what it returns is called once they are. */
  onEntries(entries: readonly Append[], state: ParserState): () => void
  /** Everything before `offset` is in the journal. */
  ack(offset: number, checkpoint: Checkpoint): void
}

/** Kept by the host with every acknowledgement; the next daemon goes on from it. */
export interface Checkpoint {
  readonly parser: ParserState
  /** How far into the stream the journal reached. Marks that say nothing are acknowledged, but not in the journal. */
  readonly committed: number
}

/**
 * Writes one terminal's byte stream to the journal: each byte once, whatever became of earlier daemons.
 * What an earlier daemon committed without being able to acknowledge it comes again, and is parsed only to know the
 * state behind it.
 */
export class Recorder {
  readonly #options: RecorderOptions
  readonly #parser: StreamParser
  readonly #recordedUntil: number
  /** The offset of the next byte from the host. */
  #received: number
  /** How far into the stream the journal will reach when all appends are committed. */
  #reach: number
  #appends: Promise<void> = Promise.resolve()
  #isBroken = false

  constructor(options: RecorderOptions) {
    const { hosted, sink, session, clock, marks } = options
    const checkpoint = hosted.checkpoint as Checkpoint | null
    this.#options = options
    this.#received = hosted.acked
    this.#recordedUntil = reachOf(sink.lastSource(session), hosted)
    this.#reach = this.#recordedUntil
    this.#parser = new StreamParser({
      stream: hosted.stream,
      position: hosted.acked,
      state: checkpoint?.parser ?? INITIAL_STATE,
      marks,
      now: () => (this.#isRepeating ? null : clock.now()),
    })
    this.#reportLoss(checkpoint?.committed ?? 0)
  }

  /** What is known of the program after everything that was taken. */
  get state(): ParserState {
    return this.#parser.state
  }

  output(bytes: Buffer): void {
    const repeated = Math.min(bytes.length, Math.max(0, this.#recordedUntil - this.#received))
    if (repeated) {
      const isLast = this.#received + repeated === this.#recordedUntil
      this.#parser.repeat(bytes.subarray(0, repeated), isLast)
    }
    this.#received += bytes.length
    this.#record(this.#parser.push(bytes.subarray(repeated)))
  }

  dropped(offset: number, bytes: number): void {
    const recorded = Math.max(0, this.#recordedUntil - offset)
    const entries = this.#parser.skip(bytes, recorded, 'nobody took the output in time')
    this.#received = offset + bytes
    this.#record(recorded ? entries.filter(entry => entry.kind === 'gap') : entries)
  }

  /** The output is over: settles when all of it is in the journal. */
  async finish(): Promise<void> {
    this.#record(this.#parser.flush())
    await this.#appends
  }

  /** Settles when everything that was taken is in the journal, and acknowledged. */
  get settled(): Promise<void> {
    return this.#appends
  }

  get #isRepeating(): boolean {
    return this.#received < this.#recordedUntil
  }

  /** An older copy of the database was put in place: what was acknowledged since is nowhere any more. */
  #reportLoss(committedBefore: number): void {
    const { hosted } = this.#options
    if (this.#recordedUntil >= committedBefore) return
    const bytes = hosted.acked - this.#recordedUntil
    const source = { stream: hosted.stream, offset: hosted.acked }
    this.#record([{ kind: 'gap', bytes, reason: 'the journal is older than the terminal', source }])
  }

  /** Without new entries there is still something to acknowledge: repeated bytes, and marks that say nothing new. */
  #record(entries: readonly Append[]): void {
    if (this.#isBroken) return
    const { sink, session, onEntries, ack } = this.#options
    const { position, state } = this.#parser
    const committed = onEntries(entries, state)
    this.#reach = entries.at(-1)?.source?.offset ?? this.#reach
    const checkpoint = { parser: state, committed: this.#reach }
    const append = entries.length ? sink.append(session, entries) : null
    this.#appends = Promise.all([this.#appends, append]).then(
      () => {
        committed()
        ack(position, checkpoint)
      },
      error => this.#failed(error),
    )
  }

  /** Without acknowledgements the program is made to wait, so nothing is lost while the journal is closed. */
  #failed(error: unknown): void {
    if (!this.#isBroken) {
      const { log, session } = this.#options
      log.error({ session, problem: messageOf(error) }, 'output could not be recorded')
    }
    this.#isBroken = true
  }
}

/** How far the journal reaches into this run of the terminal. */
function reachOf(source: SourcePosition | null, hosted: HostedTerminal): number {
  return source?.stream === hosted.stream ? source.offset : 0
}
