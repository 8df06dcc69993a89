import type { Logger } from 'pino'
import { isFault } from '../api/fault.ts'
import type { LiveRecord } from './topic-store.ts'

export interface LiveMessageParts {
  readonly log: Logger
  load(): readonly LiveRecord[]
  save(live: readonly LiveRecord[]): void
  /** Waits for the turn of this topic's live output, then does `work`, which makes at most one call of Telegram. */
  inTurn(work: () => Promise<void>): Promise<void>
  /** What it is to show now; null where nothing is to be shown. */
  compose(): Promise<string | null>
  send(html: string): Promise<number>
  edit(message: number, html: string): Promise<void>
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
  /** Counts what has ended, and how the last of it did. */
  #ends = { count: 0, html: '' }
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
    if (!this.#isClosed) this.#running ??= this.#run()
  }

  /** What the message shows has ended like this. */
  end(html: string): void {
    const current = this.#current
    this.#ends = { count: this.#ends.count + 1, html }
    this.#isDirty = false
    this.#shown = null
    if (!current) return
    this.#save([...this.#records.filter(({ id }) => id !== current.id), { id: current.id, end: html }])
    this.touch()
  }

  /** The messages are gone with their topic. */
  forget(): void {
    this.#shown = null
    this.#save([])
  }

  /** Settles when nothing is left to show. */
  settled(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  close(): void {
    this.#isClosed = true
  }

  get #current(): LiveRecord | undefined {
    return this.#records.find(({ end }) => end === null)
  }

  get #ended(): LiveRecord | undefined {
    return this.#records.find(({ end }) => end !== null)
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isClosed && (this.#ended || this.#isDirty)) await this.#parts.inTurn(() => this.#step())
    } catch (error) {
      // What it shows is of use only while it is new: the next thing to show tries again.
      if (!this.#isClosed) this.#parts.log.debug({ err: error }, 'live output could not be shown')
    } finally {
      // In the same breath as finding nothing to do, so that no touch is missed in between.
      this.#running = null
    }
  }

  async #step(): Promise<void> {
    const ended = this.#ended
    if (ended) return await this.#showEnd(ended)
    this.#isDirty = false
    const { count } = this.#ends
    const html = await this.#parts.compose()
    const hasEnded = () => count !== this.#ends.count
    if (html === null || html === this.#shown || hasEnded()) return
    const current = this.#current
    if (current) await this.#edit(current, html)
    else {
      const id = await this.#parts.send(html)
      this.#save([...this.#records, { id, end: hasEnded() ? this.#ends.html : null }])
    }
    if (!hasEnded()) this.#shown = html
  }

  async #edit(record: LiveRecord, html: string): Promise<void> {
    try {
      await this.#parts.edit(record.id, html)
    } catch (error) {
      if (!isFault(error, 'message-gone')) throw error
      this.#remove(record)
      this.touch()
    }
  }

  async #showEnd(record: LiveRecord): Promise<void> {
    try {
      await this.#parts.edit(record.id, record.end ?? '')
    } catch (error) {
      if (!isFault(error, 'message-gone')) throw error
    }
    this.#remove(record)
  }

  #remove({ id }: LiveRecord): void {
    this.#save(this.#records.filter(record => record.id !== id))
  }

  #save(records: readonly LiveRecord[]): void {
    this.#records = records
    this.#parts.save(records)
  }
}
