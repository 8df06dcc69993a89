import { BoundedMap, type Clock } from '../../../core/index.ts'

/** Several things of one place and person that are told in one message. */
export interface Gathered<T> {
  readonly items: T[]
  /** How many of them the message is about. */
  told: number
  /** How many did not fit. */
  more: number
  /** Where they are told; null until they are. */
  message: number | null
}

export interface GatheringParts<T> {
  readonly clock: Clock
  /** How many things one message is about. */
  readonly maxItems: number
  /** Sends the message, or edits it. Never rejects. */
  tell(gathered: Gathered<T>): Promise<void>
}

/** What comes later than this is told in a message of its own: nobody notices edits for long. */
const OPEN_MS = 60_000
const MAX_OPEN = 200

interface Open<T> {
  readonly gathered: Gathered<T>
  readonly until: number
  isDirty: boolean
  telling: Promise<void> | null
}

/** Tells in one message what comes at about the same time. */
export class Gathering<T> {
  readonly #parts: GatheringParts<T>
  readonly #open = new BoundedMap<string, Open<T>>(MAX_OPEN)

  constructor(parts: GatheringParts<T>) {
    this.#parts = parts
  }

  /** False where it does not fit: it is only counted. */
  add(place: string, item: T): boolean {
    const one = this.#at(place)
    const fits = one.gathered.items.length < this.#parts.maxItems
    if (fits) one.gathered.items.push(item)
    else one.gathered.more++
    one.isDirty = true
    one.telling ??= this.#tell(one)
    return fits
  }

  /** What comes from now on is told in another message, and so is what was not told yet. */
  end(gathered: Gathered<T>): void {
    const found = [...this.#open].find(([, one]) => one.gathered === gathered)
    if (!found) return
    const [place, one] = found
    this.#open.delete(place)
    one.isDirty = false
    for (const item of gathered.items.splice(gathered.told)) this.add(place, item)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ telling }) => telling))
  }

  #at(place: string): Open<T> {
    const now = this.#parts.clock.monotonic()
    const known = this.#open.get(place)
    if (known && known.until > now) return known
    const gathered = { items: [], told: 0, more: 0, message: null }
    const fresh: Open<T> = { gathered, until: now + OPEN_MS, isDirty: false, telling: null }
    this.#open.set(place, fresh)
    return fresh
  }

  async #tell(one: Open<T>): Promise<void> {
    // All that is heard at once comes before anything is told of it.
    await Promise.resolve()
    while (one.isDirty) {
      one.isDirty = false
      const { length } = one.gathered.items
      await this.#parts.tell(one.gathered)
      one.gathered.told = length
    }
    one.telling = null
  }
}
