/** Lets one work go on at a time, in the order in which they come. */
export interface OneAtATime {
  readonly isFree: boolean
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createOneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    get isFree() {
      return waiting === 0
    },
    async run(work) {
      waiting++
      const turn = last.then(work)
      last = turn.catch(() => {})
      try {
        return await turn
      } finally {
        waiting--
      }
    },
  }
}
