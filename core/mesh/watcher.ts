import type { z } from 'zod'
import { type Position, parseCursor } from '../journal/cursor.ts'
import type { WireEntry } from '../journal/entry.ts'
import type { WatchEnd } from '../operations/follow.ts'
import type { InvokeOptions } from '../operations/operation.ts'
import type { sessionWatch, WatchItem } from '../operations/session-watch.ts'
import type { Feed, FeedWatcher } from './feed.ts'
import { type Patience, pauseMs } from './patience.ts'
import { PAGE_BYTES } from './serve-watch.ts'
import { isEnded, UNKNOWN } from './session-facts.ts'
import type { WatchCaller } from './watch-answer.ts'
import { type AskPage, mayPass } from './watch-ask.ts'
import { cursorOf, malformed, type WatchPage } from './watch-page.ts'
import { chunkLength, outputBytes } from './wire-chunk.ts'

export interface WatcherParts {
  readonly computer: string
  readonly input: z.output<typeof sessionWatch.input>
  readonly caller: WatchCaller
  /** Null if it does not follow: then only the owner can say where the end is. */
  readonly feed: Feed | null
  readonly ask: AskPage
  readonly patience: Patience
  readonly signal: AbortSignal
  readonly onItem: InvokeOptions['onItem']
}

/** As the items of a watch on this computer. */
const ITEM_BYTES = 131_072
/** How long to wait at most before the owner is asked again, in milliseconds. */
const LONGEST_PAUSE_MS = 1000
/** A watch that does not follow reads no more pages than that: 1 GiB, more than an owner keeps. */
const MOST_PAGES = 4096

/** One watch of a session of another computer: from its feed where that has what comes next, else from its owner. */
export class Watcher implements FeedWatcher {
  readonly #parts: WatcherParts
  readonly #until: Position | null
  #position: Position | null
  #taken: Position | null = null
  #left: number
  /** How the owner's newest answer ended, while nothing newer is known. */
  #end: WatchEnd | null = null
  #hasBegun = false
  /** What comes next is at the owner only. */
  #mustAsk = false
  #pages = 0
  #idlePages = 0
  #ring: (() => void) | null = null

  constructor(parts: WatcherParts) {
    const { since, until, last_bytes, max_bytes } = parts.input
    this.#parts = parts
    this.#position = last_bytes === undefined ? parseCursor(String(since)) : null
    this.#until = until === undefined ? null : parseCursor(String(until))
    this.#left = max_bytes
  }

  get taken(): Position | null {
    return this.#taken
  }

  wake(): void {
    this.#ring?.()
    this.#ring = null
  }

  /** Settles when the watch is over. @throws what the owner refuses it with */
  async run(): Promise<WatchEnd> {
    const { feed, caller, signal } = this.#parts
    const stop = () => this.wake()
    signal.addEventListener('abort', stop)
    feed?.enter(this, caller)
    try {
      while (!signal.aborted && !(await this.#isDoneAfterNext()));
    } finally {
      signal.removeEventListener('abort', stop)
      feed?.leave(this)
    }
    return this.#result()
  }

  /** Hands on what comes next, or waits for it. */
  async #isDoneAfterNext(): Promise<boolean> {
    const { feed } = this.#parts
    if (feed?.isPreparing && !this.#hasBegun && this.#mayBeginInFeed) return await this.#rest()
    const entries = this.#fromFeed()
    if (!entries) return await this.#isDoneAfterPage()
    this.#hasBegun = true
    if (entries.length > 0) return await this.#isDoneAfter(entries)
    if (this.#isFull) return true
    return feed?.isFollowing ? await this.#rest() : await this.#isDoneAfterPage()
  }

  /** Null where the owner must be asked. */
  #fromFeed(): readonly WireEntry[] | null {
    const { feed } = this.#parts
    const from = this.#position
    if (!feed || !from || this.#mustAsk) return null
    if (!this.#hasBegun && !(this.#mayBeginInFeed && feed.reaches(from, this.#until))) return null
    return feed.after(from)
  }

  get #mayBeginInFeed(): boolean {
    return this.#position !== null && !this.#parts.input.context
  }

  /** It has read as much, or as far, as it was to. */
  get #isFull(): boolean {
    return this.#left <= 0 || (this.#until !== null && (this.#position?.seq ?? 0) >= this.#until.seq)
  }

  async #rest(): Promise<boolean> {
    this.#idlePages = 0
    await new Promise<void>(resolve => {
      this.#ring = resolve
    })
    return false
  }

  async #isDoneAfter(entries: readonly WireEntry[]): Promise<boolean> {
    const epoch = this.#parts.feed?.epoch ?? null
    const untilSeq = this.#until?.seq ?? Number.POSITIVE_INFINITY
    const last = entries.at(-1)
    if (last) this.#taken = { epoch, seq: last.seq }
    for (let from = 0; from < entries.length && !this.#parts.signal.aborted; ) {
      const maxBytes = Math.min(this.#left, ITEM_BYTES)
      const chunk = entries.slice(from, from + chunkLength(entries, from, { maxBytes, untilSeq }))
      const end = chunk.at(-1)
      // A gap across the end: only its owner can say what of it lies before.
      if (!end) this.#mustAsk = true
      if (!end) return false
      const position = { epoch, seq: end.seq }
      await this.#hand({ entries: chunk, cursor: cursorOf(position) }, position)
      this.#end = null
      if (this.#isFull) return true
      from += chunk.length
    }
    return false
  }

  async #hand(item: WatchItem, position: Position): Promise<void> {
    await this.#parts.onItem?.(item)
    this.#position = position
    for (const entry of item.entries) this.#left -= outputBytes(entry)
  }

  async #isDoneAfterPage(): Promise<boolean> {
    const { feed, input, signal } = this.#parts
    const before = this.#position
    const page = await this.#page()
    if (!page) return true
    this.#hasBegun = true
    this.#mustAsk = false
    this.#taken = page.position
    for (const item of page.items) {
      await this.#hand(item, parseCursor(item.cursor))
      if (signal.aborted) return true
    }
    this.#position = page.position
    this.#end = page.end
    if (this.#isFull || (page.end.at_end && (!input.follow || isEnded(page.end.state)))) return true
    if (page.end.at_end || page.pass) feed?.adopt(page)
    await this.#requireProgress(page, before)
    return false
  }

  /** Null if the watch has ended meanwhile. */
  async #page(): Promise<WatchPage | null> {
    const { signal, patience } = this.#parts
    for (let failures = 1; ; failures++) {
      try {
        return await this.#ask()
      } catch (error) {
        if (signal.aborted) return null
        if (!this.#hasBegun || !mayPass(error)) throw error
        await patience.pause(pauseMs(failures, LONGEST_PAUSE_MS), signal)
        if (signal.aborted) return null
      }
    }
  }

  #ask(): Promise<WatchPage> {
    const { computer, input, caller, feed, ask, signal } = this.#parts
    const range = {
      ...(this.#until && { until: cursorOf(this.#until) }),
      ...(!this.#position && { last_bytes: input.last_bytes }),
      ...(!this.#hasBegun && input.context && { context: true }),
      max_bytes: Math.min(this.#left, PAGE_BYTES),
    }
    const subscription = feed?.subscription ?? {}
    const session = input.session_id
    return ask({ computer, session, since: this.#position, range, caller, subscription, signal })
  }

  /** An owner that answers without end and without an entry must not be asked for ever. */
  async #requireProgress({ position, end }: WatchPage, before: Position | null): Promise<void> {
    const { input, patience, signal } = this.#parts
    if (!input.follow && ++this.#pages >= MOST_PAGES) throw malformed('it has no end')
    const isIdle = before?.seq === position.seq && before.epoch === position.epoch
    this.#idlePages = isIdle ? this.#idlePages + 1 : 0
    if (this.#idlePages < 2) return
    if (!end.at_end) throw malformed('it says that there is more, but not what')
    await patience.pause(pauseMs(this.#idlePages, LONGEST_PAUSE_MS), signal)
  }

  #result(): WatchEnd {
    if (this.#end && this.#position && this.#end.cursor === cursorOf(this.#position)) return this.#end
    const position = this.#position ?? { epoch: null, seq: 0 }
    const known = this.#parts.feed?.factsAt(position) ?? (this.#end && { ...this.#end, at_end: false })
    return { at_end: true, ...(known ?? UNKNOWN), cursor: cursorOf(position) }
  }
}
