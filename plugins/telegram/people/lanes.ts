import type { Clock, Timer } from '../../../core/index.ts'

/** How many messages of one lane may wait: more than anybody types while a session is busy. */
const MAX_WAITING = 100
/** How many questions of one lane may wait for their answers: so many that what is told of the rest finds room behind them. */
const MAX_UNANSWERED = 12
/** Whoever was too fast is heard again when they were silent for so long. */
const SILENCE_MS = 3000

/** Something that a person said. */
export interface Task {
  /** Never rejects. */
  work(): Promise<void>
  /** Settles when a question has its answer, never rejects; null for what asks nothing. */
  readonly answered: Promise<unknown> | null
  /** Told how many did not fit, if this is the first of them, when no more come. */
  flooded(count: number): void
}

interface Lane {
  waiting: number
  unanswered: number
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

  /** False if it does not fit. */
  run(name: string, { work, answered, flooded }: Task): boolean {
    const lane = this.#lanes.get(name) ?? { waiting: 0, unanswered: 0, last: Promise.resolve(), flood: null }
    this.#lanes.set(name, lane)
    const isUnheard = answered !== null && lane.unanswered >= MAX_UNANSWERED
    if (lane.flood || lane.waiting >= MAX_WAITING || isUnheard) {
      this.#refuse(name, lane, flooded)
      return false
    }
    lane.waiting++
    lane.last = lane.last.then(work).finally(() => {
      lane.waiting--
      this.#forget(name, lane)
    })
    if (answered) this.#ask(name, lane, answered)
    return true
  }

  /** Settles when nothing is left to do. */
  async close(): Promise<void> {
    for (const { flood } of this.#lanes.values()) flood?.over.cancel()
    await Promise.all([...this.#lanes.values()].map(({ last }) => last))
  }

  #ask(name: string, lane: Lane, answered: Promise<unknown>): void {
    lane.unanswered++
    void answered.then(() => {
      lane.unanswered--
      this.#forget(name, lane)
    })
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
    if (lane.waiting === 0 && lane.unanswered === 0 && lane.flood === null) this.#lanes.delete(name)
  }
}
