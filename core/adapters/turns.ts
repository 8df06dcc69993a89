/** Lets those who wait go on one after the other, one for each turn of the event loop. */
export interface Turns {
  next(): Promise<void>
}

/**
 * Many pumps catching up at once read a lot from the disk; between any two of them the journal and the sockets
 * come first.
 */
export function createTurns(): Turns {
  let last = Promise.resolve()
  return {
    next() {
      last = last.then(() => new Promise<void>(resolve => setImmediate(resolve)))
      return last
    },
  }
}
