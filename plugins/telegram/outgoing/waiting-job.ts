import { TeleclaudeError } from '../../../core/index.ts'
import type { OutgoingJob, Priority } from './job.ts'

/** Where a job's promise ends. */
export interface Outcome<T> {
  resolve(value: T): void
  reject(error: unknown): void
}

/** A job that was submitted and has not settled; of any result, so that jobs can wait in one queue. */
export interface WaitingJob {
  readonly chat: number
  readonly lane: string
  readonly priority: Priority
  readonly isTakenBack: boolean
  /** How often Telegram failed at this very job while it answered others, and how much it had answered then. */
  strikes: number
  answersThen: number
  /**
   * Calls once, and settles the job if that worked.
   * @returns what the call settled with
   * @throws whatever the call throws; the job has not settled then
   */
  attempt(): Promise<unknown>
  /** Tells a call under way to end. */
  abort(): void
  reject(error: unknown): void
}

/** Makes a waiting job; `onTakenBack` is called when its submitter takes it back, until it settles. */
export function waitingJob<T>(
  job: OutgoingJob<T>,
  outcome: Outcome<T>,
  onTakenBack: (waiting: WaitingJob) => void,
): WaitingJob {
  return new Job(job, outcome, onTakenBack)
}

class Job<T> implements WaitingJob {
  readonly chat: number
  readonly lane: string
  readonly priority: Priority
  strikes = 0
  answersThen = -1
  readonly #job: OutgoingJob<T>
  readonly #outcome: Outcome<T>
  readonly #takeBack: () => void
  #underWay: AbortController | null = null

  constructor(job: OutgoingJob<T>, outcome: Outcome<T>, onTakenBack: (waiting: WaitingJob) => void) {
    this.chat = job.chat
    this.lane = job.lane
    this.priority = job.priority
    this.#job = job
    this.#outcome = outcome
    this.#takeBack = () => onTakenBack(this)
    job.signal?.addEventListener('abort', this.#takeBack, { once: true })
  }

  get isTakenBack(): boolean {
    return this.#job.signal?.aborted ?? false
  }

  async attempt(): Promise<unknown> {
    const underWay = new AbortController()
    this.#underWay = underWay
    try {
      const value = await this.#job.call(underWay.signal)
      this.#leave()
      this.#outcome.resolve(value)
      return value
    } finally {
      this.#underWay = null
    }
  }

  abort(): void {
    this.#underWay?.abort()
  }

  reject(error: unknown): void {
    this.#leave()
    this.#outcome.reject(error)
  }

  #leave(): void {
    this.#job.signal?.removeEventListener('abort', this.#takeBack)
  }
}

/** Why a job that nobody wants any more rejects. */
export function cancelled(reason: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', `Something for Telegram is not sent: ${reason}.`)
}
