import type { Clock, Timer } from './clock.ts'
import type { Logger } from './log.ts'

/** Does something again and again, `everyMs` after it last ended, until it is disposed of. One that fails is logged. */
export function createRounds(
  { clock, log }: { clock: Clock; log: Logger },
  everyMs: number,
  round: () => Promise<void> | void,
): Disposable {
  let timer: Timer | null = null
  let isOver = false
  const next = () => {
    if (!isOver) timer = clock.setTimeout(() => void turn(), everyMs, { ref: false })
  }
  const turn = async () => {
    try {
      await round()
    } catch (err) {
      log.error({ err }, 'something that is done every now and then failed; it is done again')
    }
    next()
  }
  next()
  return {
    [Symbol.dispose]() {
      isOver = true
      timer?.cancel()
    },
  }
}
