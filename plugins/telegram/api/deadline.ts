import type { Clock } from '../../../core/index.ts'

/** A time by which something ends, whether it wants to or not. */
export interface Deadline {
  /** Aborts when the time is over, or with the signal that was given. */
  readonly signal: AbortSignal
  /** Whether the time is over. */
  readonly isOver: boolean
  /** Settles as `work` does, or rejects when {@link Deadline.signal} aborts: `work` may not heed it. */
  race<T>(work: Promise<T>): Promise<T>
  /** Lets go of the clock and of the signal that was given. */
  end(): void
}

/** Begins a deadline of `ms` milliseconds. */
export function beginDeadline(clock: Clock, ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let isOver = false
  const expire = () => {
    isOver = true
    abort()
  }
  const pending = clock.setTimeout(expire, ms)
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    get isOver() {
      return isOver
    },
    race: work => Promise.race([work, aborted(controller.signal)]),
    end() {
      pending.cancel()
      outer?.removeEventListener('abort', abort)
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
