import { sleep, type Timer } from '../../clock.ts'
import { isTeleclaudeError, TeleclaudeError } from '../../errors.ts'
import type { Cursor } from '../../ids.ts'
import { formatCursor, parseCursor } from '../../journal/cursor.ts'
import type { Entry } from '../../journal/entry.ts'
import { TextRenderer } from '../../text/text-renderer.ts'
import { followSession, Stop } from '../follow.ts'
import type { OperationCall } from '../operation.ts'
import { Completion, type Outcome } from './completion.ts'
import { EchoFilter, withoutEcho } from './echo-filter.ts'
import { type Dropped, HeadTail } from './head-tail.ts'
import type { PatternWatch } from './pattern.ts'
import { whyUnseen } from './unseen.ts'

/** What to collect, and until when. */
export interface CollectRequest {
  readonly session_id: string
  readonly since: Cursor
  /** What was typed, whose echo is not output; null where nothing was. */
  readonly typed: string | null
  readonly atPrompt: boolean
  readonly wait_ms: number
  readonly pattern: PatternWatch | null
  /** Undefined where silence means nothing. */
  readonly quiet_ms: number | undefined
  readonly max_bytes: number
}

/** What `session.send` and `session.run` emit: clean text as it comes. */
export interface TextItem {
  readonly text: string
  readonly cursor: Cursor
}

/** What `session.send` and `session.run` return. */
export interface Collected {
  output: string
  complete: boolean
  completed_by: Outcome['by']
  exit_code: number | null
  duration_ms: number | null
  cursor: Cursor
  truncated: boolean
  dropped: Dropped | null
  problem?: string
}

/** How long a computer that cannot be asked is left alone: work goes on within a second of its return. */
const ASK_AGAIN_MS = 500
/** Until what could not be seen for a time is here. */
const SEEN_AGAIN_MS = 1_000
const TIMED_OUT: Outcome = { by: 'timeout', exitCode: null, durationMs: null }
const QUIET: Outcome = { by: 'quiet', exitCode: null, durationMs: null }

/** Watches a session from an input on until the command has ended, one way or the other, or the wait is over. */
export async function collectOutput(request: CollectRequest, call: OperationCall): Promise<Collected> {
  const collector = new Collector(request, call)
  const deadline = call.clock.setTimeout(() => collector.end(TIMED_OUT), request.wait_ms)
  try {
    while (!(await hasFollowed(request, call, collector))) await pause(call, collector)
  } finally {
    deadline.cancel()
    collector.close()
  }
  throwIfCancelled(call)
  return collector.result()
}

/**
 * False where nobody can be asked now: what was typed goes on all the same, and who was told that it failed might type
 * it again.
 */
async function hasFollowed(
  { session_id }: CollectRequest,
  call: OperationCall,
  collector: Collector,
): Promise<boolean> {
  const { ended: signal, cursor: since } = collector
  try {
    await followSession(call, { session_id, since, follow: true, signal }, (entries, cursor) =>
      collector.take(entries, cursor),
    )
    return true
  } catch (error) {
    if (!isTeleclaudeError(error) || !error.retryable) throw error
    return signal.aborted
  }
}

async function pause({ clock }: OperationCall, { ended }: Collector): Promise<void> {
  await sleep(clock, ASK_AGAIN_MS, ended)
}

class Collector {
  readonly #request: CollectRequest
  readonly #call: OperationCall
  readonly #completion: Completion
  #kept: HeadTail
  #live = new TextRenderer()
  #echo: EchoFilter
  readonly #stop: Stop
  readonly #startedAt: number
  #quiet: Timer | null = null
  #outcome: Outcome | null = null
  #cursor: Cursor

  constructor(request: CollectRequest, call: OperationCall) {
    this.#request = request
    this.#call = call
    this.#completion = new Completion(request.atPrompt)
    this.#kept = new HeadTail(request.max_bytes)
    this.#echo = new EchoFilter(request.typed)
    this.#cursor = request.since
    this.#startedAt = call.clock.monotonic()
    this.#stop = new Stop(call.signal)
    this.#listenForQuiet()
  }

  /** After the last entry that was taken. */
  get cursor(): Cursor {
    return this.#cursor
  }

  /** Aborted when it has ended, or its caller is gone. */
  get ended(): AbortSignal {
    return this.#stop.signal
  }

  end(outcome: Outcome): void {
    this.#outcome ??= outcome
    this.#stop.end()
  }

  async take(entries: readonly Entry[], cursor: Cursor): Promise<void> {
    const { epoch } = parseCursor(cursor)
    const shown: Entry[] = []
    for (const entry of entries) {
      if (this.#outcome) break
      if (epoch) this.#cursor = formatCursor(epoch, entry.seq)
      if (entry.kind === 'output') {
        this.#kept.add(entry)
        shown.push(entry)
      }
      const outcome = this.#completion.take(entry)
      if (this.#completion.isFirstStart(entry)) {
        this.#forget()
        shown.length = 0
      }
      if (outcome) this.end(outcome)
    }
    await this.#show(shown)
  }

  /** What came before the start mark is the prompt's and the echo's. */
  #forget(): void {
    this.#kept = new HeadTail(this.#request.max_bytes)
    this.#live = new TextRenderer()
    this.#echo = new EchoFilter(null)
  }

  async #show(output: readonly Entry[]): Promise<void> {
    if (output.length === 0) return
    this.#listenForQuiet()
    if (this.#completion.isEchoing || !(this.#request.pattern || this.#call.wantsItems)) return
    const text = this.#echo.push(this.#live.render(output))
    if (this.#request.pattern?.push(text)) this.end({ by: 'pattern', exitCode: null, durationMs: null })
    if (text && this.#call.wantsItems)
      await this.#call.emit({ text, cursor: this.#cursor } satisfies TextItem)
  }

  #listenForQuiet(): void {
    const { quiet_ms } = this.#request
    this.#quiet?.cancel()
    if (quiet_ms === undefined || !this.#completion.canEndByQuiet || this.#outcome) return
    this.#endAfter(quiet_ms)
  }

  /** Silence while nothing can be seen is none: it is waited for anew, and once more when it may have just ended. */
  #endAfter(quietMs: number, wasUnseen = false): void {
    this.#quiet = this.#call.clock.setTimeout(() => {
      const isUnseen = this.#problem !== null
      if (isUnseen || wasUnseen) this.#endAfter(Math.max(quietMs, SEEN_AGAIN_MS), isUnseen)
      else this.end(QUIET)
    }, quietMs)
  }

  get #problem(): string | null {
    return whyUnseen(this.#request.session_id, this.#call)
  }

  result(): Collected {
    const outcome = this.#outcome ?? { by: 'exit', exitCode: null, durationMs: null }
    const epoch = parseCursor(this.#cursor).epoch
    const dropped = epoch ? this.#kept.dropped(epoch) : null
    const problem = outcome.by === 'timeout' ? this.#problem : null
    return {
      output: this.#kept.text(text =>
        this.#completion.hasStarted ? text : withoutEcho(text, this.#request.typed),
      ),
      complete: outcome.by !== 'timeout',
      completed_by: outcome.by,
      exit_code: outcome.exitCode,
      duration_ms: outcome.durationMs ?? Math.round(this.#call.clock.monotonic() - this.#startedAt),
      cursor: this.#cursor,
      truncated: dropped !== null,
      dropped,
      ...(problem !== null && { problem }),
    }
  }

  close(): void {
    this.#quiet?.cancel()
    this.#stop[Symbol.dispose]()
  }
}

function throwIfCancelled({ signal }: OperationCall): void {
  if (signal.aborted)
    throw new TeleclaudeError('TC_ERR_CANCELLED', 'the wait was cancelled; the command goes on.')
}
