import type { Clock, Timer } from '../../../core/index.ts'

/** How many messages of one lane may wait: more than anybody types while a session is busy. */
const MAX_WAITING = 100
/** Whoever was too fast is heard again when they were silent for so long. */
const SILENCE_MS = 3000

interface Lane {
  waiting: number
  last: Promise<void>
  flood: Flood | null
}

/** Too much at once: from the first that did not fit nothing is done, so that what is done has no holes. */
interface Flood {
  refused: number
  over: Timer
  /** On the occasion of the first. */
  readonly tell: (count: number) => void
}

/** Does what one person said in one place one after the other, and everything else at the same time. */
export class Lanes {
  readonly #clock: Clock
  readonly #lanes = new Map<string, Lane>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param work never rejects
   * @param flooded told how many did not fit, if this is the first of them, when no more come
   * @returns false if it does not fit
   */
  run(name: string, work: () => Promise<void>, flooded: (count: number) => void): boolean {
    const lane = this.#lanes.get(name) ?? { waiting: 0, last: Promise.resolve(), flood: null }
    this.#lanes.set(name, lane)
    if (lane.flood || lane.waiting >= MAX_WAITING) {
      this.#refuse(name, lane, flooded)
      return false
    }
    lane.waiting++
    lane.last = lane.last.then(work).finally(() => {
      lane.waiting--
      this.#forget(name, lane)
    })
    return true
  }

  /** Settles when nothing is left to do. */
  async close(): Promise<void> {
    for (const { flood } of this.#lanes.values()) flood?.over.cancel()
    await Promise.all([...this.#lanes.values()].map(({ last }) => last))
  }

  #refuse(name: string, lane: Lane, flooded: (count: number) => void): void {
    lane.flood?.over.cancel()
    const { refused, tell } = lane.flood ?? { refused: 0, tell: flooded }
    const end = () => {
      lane.flood = null
      this.#forget(name, lane)
      tell(refused + 1)
    }
    lane.flood = { refused: refused + 1, tell, over: this.#clock.setTimeout(end, SILENCE_MS) }
  }

  #forget(name: string, lane: Lane): void {
    if (lane.waiting === 0 && lane.flood === null) this.#lanes.delete(name)
  }
}
