/** How many messages of one topic may wait: more than anybody types while a session is busy. */
const MAX_WAITING = 100

interface Lane {
  waiting: number
  last: Promise<void>
  /** How many did not fit since somebody was told. */
  refused: number
}

/** Does what was said in one place one after the other, and what was said in different places at the same time. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()

  /** False where too much waits already. @param work never rejects */
  run(name: string, work: () => Promise<void>): boolean {
    const lane = this.#lanes.get(name) ?? { waiting: 0, last: Promise.resolve(), refused: 0 }
    if (lane.waiting >= MAX_WAITING) {
      lane.refused++
      return false
    }
    this.#lanes.set(name, lane)
    lane.waiting++
    lane.last = lane.last.then(work).finally(() => {
      if (--lane.waiting === 0 && this.#lanes.get(name) === lane) this.#lanes.delete(name)
    })
    return true
  }

  /** Has `tell` say how many did not fit, once for all of them, when what waits is done. */
  overflow(name: string, tell: (count: number) => Promise<void>): void {
    const lane = this.#lanes.get(name)
    if (!lane || lane.refused > 1) return
    lane.last = lane.last.then(async () => {
      const count = lane.refused
      lane.refused = 0
      await tell(count)
    })
  }

  /** Settles when nothing is left to do. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ last }) => last))
  }
}
