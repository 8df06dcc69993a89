import type { Clock, PluginContext, Timer } from '../../../core/index.ts'
import { backoffMs } from '../api/backoff.ts'
import { isFault, type TelegramFault } from '../api/fault.ts'

/** What a {@link Line} is made of. */
export interface LineParts {
  readonly clock: Clock
  readonly log: PluginContext['log']
  probe(signal: AbortSignal): Promise<unknown>
  /** Telegram can be reached again. */
  onUp(): void
  /** Why nothing can be sent; null once a call was answered again. */
  onProblem(problem: string | null): void
}

/** A single 5xx is over at once; an outage is looked at twice a minute. */
const PAUSES = { baseMs: 500, capMs: 30_000 }

/** Whether Telegram can be reached. While it cannot, nobody calls but one probe at a time, which changes nothing there. */
export class Line {
  readonly #parts: LineParts
  readonly #closing = new AbortController()
  #fault: TelegramFault | null = null
  #failures = 0
  #isTold = false
  #pause: Timer | null = null
  #answers = 0

  constructor(parts: LineParts) {
    this.#parts = parts
  }

  get isUp(): boolean {
    return this.#fault === null
  }

  get problem(): string | null {
    return this.#fault?.message ?? null
  }

  /** How many calls Telegram has answered, whatever it said. */
  get answers(): number {
    return this.#answers
  }

  /** A call was answered. */
  answered(): void {
    this.#failures = 0
    if (this.#isTold) this.#tell(null)
    this.#open()
  }

  /** A call did not reach Telegram, or Telegram failed. */
  failed(fault: TelegramFault): void {
    if (!this.isUp) return
    this.#down(fault)
  }

  close(): void {
    this.#closing.abort()
    this.#pause?.cancel()
  }

  #down(fault: TelegramFault): void {
    this.#fault = fault
    this.#failures++
    if (!this.#isTold) this.#tell(fault)
    const waitMs = backoffMs(this.#failures, PAUSES)
    this.#pause = this.#parts.clock.setTimeout(() => void this.#probe(), waitMs)
  }

  /** Probes tell nothing: a server may answer them alone. */
  #tell(fault: TelegramFault | null): void {
    const { log, onProblem } = this.#parts
    this.#isTold = fault !== null
    if (fault) log.warn({ kind: fault.kind }, `nothing can be sent to Telegram: ${fault.message}`)
    else log.info('Telegram can be reached again')
    onProblem(fault?.message ?? null)
  }

  /** Any answer will do. The count of failures stays until a real call is answered, so that a server which only answers probes is not troubled. */
  async #probe(): Promise<void> {
    const before = this.#answers
    try {
      await this.#parts.probe(this.#closing.signal)
    } catch (error) {
      if (this.#closing.signal.aborted || this.#answers > before) return
      if (isFault(error, 'unavailable')) return this.#down(error)
    }
    if (this.#answers === before) this.#open()
  }

  #open(): void {
    this.#answers++
    if (this.isUp) return
    this.#pause?.cancel()
    this.#fault = null
    this.#parts.onUp()
  }
}
