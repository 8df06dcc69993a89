import type { Epoch } from '../ids.ts'
import type { Position } from '../journal/cursor.ts'
import type { WireEntry } from '../journal/entry.ts'
import { factsAfter, type SessionFacts, UNKNOWN } from './session-facts.ts'
import type { WatchPage } from './watch-page.ts'
import { outputBytes, textLength } from './wire-chunk.ts'

/** What an entry takes beside its payload. */
const ENTRY_BYTES = 128
/** A reader that is further behind asks the owner, who has it all. */
const MOST_ENTRIES = 1000

/** The newest entries of a session elsewhere, without a hole. */
export class FeedTail {
  /** Null while nothing is known of the session but that it is empty. */
  epoch: Epoch | null
  /** Of the newest entry. */
  head: number
  /** Everything up to here is not, or no longer, in the tail. */
  floor: number
  /** What is known of the session at the head. */
  facts: SessionFacts = UNKNOWN
  #entries: WireEntry[] = []
  #weights: number[] = []
  #start = 0
  #weight = 0

  constructor({ epoch, seq }: Position) {
    this.epoch = epoch
    this.head = seq
    this.floor = seq
  }

  /** The entry must be the next one, or a gap up to where it stands. */
  push(entry: WireEntry): void {
    const weight = outputBytes(entry) + textLength(entry) + ENTRY_BYTES
    this.#entries.push(entry)
    this.#weights.push(weight)
    this.#weight += weight
    this.head = entry.seq
    this.facts = factsAfter(this.facts, entry)
  }

  /** Adds what a page from the head, or from before it, has after the head. */
  fill({ items, position, end }: WatchPage, maxBytes: number): void {
    this.trim(maxBytes)
    this.epoch = position.epoch
    for (const { entries } of items) for (const entry of entries) if (entry.seq > this.head) this.push(entry)
    if (position.seq === this.head) this.facts = { running: end.running, state: end.state }
  }

  /** Whether everything after the position is here, as far as it has come. */
  covers({ epoch, seq }: Position): boolean {
    return seq >= this.floor && (epoch === this.epoch || (epoch === null && this.floor === 0))
  }

  /** The entries after `seq`, of a position that is covered. */
  after(seq: number): readonly WireEntry[] {
    return seq >= this.head ? [] : this.#entries.slice(this.#indexAfter(seq))
  }

  /** Forgets the oldest, until no more than `maxBytes` are left. */
  trim(maxBytes: number): void {
    while (this.#start < this.#entries.length && this.#isOver(maxBytes)) {
      this.floor = this.#entries[this.#start]?.seq ?? this.floor
      this.#weight -= this.#weights[this.#start] ?? 0
      this.#start++
    }
    if (this.#start * 2 <= this.#entries.length) return
    this.#entries = this.#entries.slice(this.#start)
    this.#weights = this.#weights.slice(this.#start)
    this.#start = 0
  }

  #isOver(maxBytes: number): boolean {
    return this.#weight > maxBytes || this.#entries.length - this.#start > MOST_ENTRIES
  }

  #indexAfter(seq: number): number {
    let from = this.#start
    let to = this.#entries.length
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#entries[middle]?.seq ?? 0) > seq) to = middle
      else from = middle + 1
    }
    return from
  }
}

/** The tail that a page leaves. */
export function tailOf(page: WatchPage): FeedTail {
  const { items, position } = page
  const first = items.flatMap(({ entries }) => entries.slice(0, 1))[0]
  const tail = new FeedTail({ epoch: position.epoch, seq: first ? first.seq - 1 : position.seq })
  tail.fill(page, 0)
  return tail
}
