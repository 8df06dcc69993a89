import type { Clock, Timer } from '../../core/index.ts'

export interface IdleWatch extends Disposable {
  /** Something happened. */
  touch(): void
}

/** Calls `onIdle` once nothing has happened for `limitMs`; never if that is null. */
export function watchIdleness(clock: Clock, limitMs: number | null, onIdle: () => void): IdleWatch {
  let touchedAt = clock.monotonic()
  let timer: Timer | null = null
  const wait = (ms: number) => {
    timer = clock.setTimeout(check, ms, { ref: false })
  }
  // Output may come thousands of times a second: the timer is not set anew each time, it looks when it fires.
  const check = () => {
    const left = touchedAt + (limitMs ?? 0) - clock.monotonic()
    if (left > 0) wait(left)
    else onIdle()
  }
  if (limitMs !== null) wait(limitMs)
  return {
    touch: () => {
      touchedAt = clock.monotonic()
    },
    [Symbol.dispose]: () => timer?.cancel(),
  }
}
