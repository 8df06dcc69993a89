import { type Patience, pauseMs } from './patience.ts'
import { type AskPage, mayPass, type PageRequest } from './watch-ask.ts'
import type { WatchPage } from './watch-page.ts'

export interface PatientAskParts {
  readonly computer: string
  readonly session: string
  readonly patience: Patience
  readonly ask: AskPage
  /** Ends all asking and waiting. */
  readonly signal: AbortSignal
}

/** How long to wait at most before the owner is asked again, in milliseconds. */
const LONGEST_PAUSE_MS = 1000

/** Asks the owner of one session for pages, and waits where asking has not helped. */
export class PatientAsk {
  readonly #parts: PatientAskParts
  #failures = 0
  #wasAnswered = true

  constructor(parts: PatientAskParts) {
    this.#parts = parts
  }

  /** Whether the owner answered when it was last asked. */
  get wasAnswered(): boolean {
    return this.#wasAnswered
  }

  page(what: Pick<PageRequest, 'since' | 'range' | 'caller' | 'subscription'>): Promise<WatchPage> {
    const { computer, session, ask, signal } = this.#parts
    return ask({ ...what, computer, session, signal })
  }

  /** Null if it could not be had now; then some time has passed. @throws what is not worth another try */
  async pageOrPause(what: Omit<Parameters<PatientAsk['page']>[0], 'range'>): Promise<WatchPage | null> {
    try {
      const page = await this.page({ ...what, range: {} })
      this.#wasAnswered = true
      return page
    } catch (error) {
      if (!mayPass(error) && !this.#parts.signal.aborted) throw error
      this.#wasAnswered = false
      await this.pause()
      return null
    }
  }

  /** Longer each time, until something has helped. */
  pause(): Promise<void> {
    return this.#parts.patience.pause(pauseMs(++this.#failures, LONGEST_PAUSE_MS), this.#parts.signal)
  }

  helped(): void {
    this.#failures = 0
  }
}
