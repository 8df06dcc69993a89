import { isFault } from '../api/fault.ts'
import type { LiveRecord } from './topic-store.ts'

export interface LiveMessageParts {
  load(): readonly LiveRecord[]
  save(live: readonly LiveRecord[]): void
  /**
   * Waits for the turn of this topic's live output, then does `work`, which makes at most one call of Telegram, and says
   * whether it made one.
   */
  inTurn(work: (signal: AbortSignal) => Promise<boolean>): Promise<void>
  /** What it is to show now; null where nothing is to be shown. */
  compose(): Promise<string | null>
  /** Settles with the id of the new message. */
  send(html: string, signal: AbortSignal): Promise<number>
  edit(message: number, html: string, signal: AbortSignal): Promise<void>
  /** The last edit: nothing goes on any more. */
  finish(message: number, html: string, signal: AbortSignal): Promise<void>
  /** What was to be shown is not: the next {@link LiveMessage.touch} tries again. */
  failed(error: unknown): void
}

/**
 * The message of a topic that is edited in place. What it shows is made when its turn comes, so that however rarely
 * that is, it is the newest. Once what it shows has ended, it says how, and the next one is a new message.
 */
export class LiveMessage {
  readonly #parts: LiveMessageParts
  #records: readonly LiveRecord[]
  #shown: string | null = null
  #isDirty = false
  /** What is being shown at this moment, and how it ended meanwhile. */
  #flight: { end: string | null } | null = null
  #running: Promise<void> | null = null
  #isClosed = false

  constructor(parts: LiveMessageParts) {
    this.#parts = parts
    this.#records = parts.load()
  }

  /** Whether a message shows what goes on now. */
  get isShown(): boolean {
    return this.#current !== undefined
  }

  /** There is something new to show. */
  touch(): void {
    this.#isDirty = true
    this.#start()
  }

  /** What the message shows has ended like this. */
  end(html: string): void {
    const current = this.#current
    if (this.#flight) this.#flight.end ??= html
    this.#isDirty = false
    this.#shown = null
    if (current)
      this.#save([...this.#records.filter(({ id }) => id !== current.id), { id: current.id, end: html }])
    // Also what an earlier daemon left to be shown.
    this.#start()
  }

  /** Settles when nothing is left to show. What could not be shown before is tried once more. */
  settled(): Promise<void> {
    this.#start()
    return this.#running ?? Promise.resolve()
  }

  close(): void {
    this.#isClosed = true
  }

  get #isDue(): boolean {
    return this.#isDirty || this.#ended !== undefined
  }

  get #current(): LiveRecord | undefined {
    return this.#records.find(({ end }) => end === null)
  }

  get #ended(): LiveRecord | undefined {
    return this.#records.find(({ end }) => end !== null)
  }

  #start(): void {
    if (!this.#isClosed && this.#isDue) this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isClosed && this.#isDue) await this.#parts.inTurn(signal => this.#step(signal))
    } catch (error) {
      if (!this.#isClosed) this.#parts.failed(error)
    } finally {
      // In the same breath as finding nothing to do, so that no touch is missed in between.
      this.#running = null
    }
  }

  async #step(signal: AbortSignal): Promise<boolean> {
    const ended = this.#ended
    if (ended) return await this.#showEnd(ended, signal)
    const flight: { end: string | null } = { end: null }
    this.#flight = flight
    this.#isDirty = false
    try {
      return await this.#showNewest(flight, signal)
    } finally {
      this.#flight = null
    }
  }

  async #showNewest(flight: { readonly end: string | null }, signal: AbortSignal): Promise<boolean> {
    const html = await this.#parts.compose()
    if (html === null || html === this.#shown || flight.end !== null) return false
    const current = this.#current
    if (current) await this.#edit(current, html, signal)
    else {
      const id = await this.#parts.send(html, signal)
      this.#save([...this.#records, { id, end: flight.end }])
    }
    if (flight.end === null && this.#current) this.#shown = html
    return true
  }

  async #edit(record: LiveRecord, html: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.edit(record.id, html, signal)
    } catch (error) {
      if (!isFault(error, 'message-gone')) throw error
      this.#remove(record)
      this.#isDirty = true
    }
  }

  /** What Telegram does not take as an end stays as it is, rather than keep back all that comes after it. */
  async #showEnd(record: LiveRecord, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#parts.finish(record.id, record.end ?? '', signal)
    } catch (error) {
      if (!isFault(error, 'message-gone', 'refused', 'too-long', 'bad-markup')) throw error
    }
    this.#remove(record)
    return true
  }

  #remove({ id }: LiveRecord): void {
    this.#save(this.#records.filter(record => record.id !== id))
  }

  #save(records: readonly LiveRecord[]): void {
    this.#records = records
    this.#parts.save(records)
  }
}
