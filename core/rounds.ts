import type { Clock, Timer } from './clock.ts'

/** Does something again and again, `everyMs` after it last ended, until it is disposed of. */
export function createRounds(clock: Clock, everyMs: number, round: () => Promise<void> | void): Disposable {
  let timer: Timer | null = null
  let isOver = false
  const next = () => {
    if (!isOver) timer = clock.setTimeout(() => void turn(), everyMs, { ref: false })
  }
  const turn = async () => {
    try {
      await round()
    } finally {
      next()
    }
  }
  next()
  return {
    [Symbol.dispose]() {
      isOver = true
      timer?.cancel()
    },
  }
}
