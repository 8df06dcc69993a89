import { performance } from 'node:perf_hooks'

/** A running timer. Disposing it cancels it. */
export interface Timer extends Disposable {
  cancel(): void
}

/**
 * The one source of time. Nothing else reads the system clock or sets timers, so that tests can drive time
 * (see `FakeClock` in `teleclaude/testing`).
 */
export interface Clock {
  /** Wall-clock time, in milliseconds since the Unix epoch. */
  now(): number
  /** Time that never goes back, in milliseconds since an arbitrary start; for measuring durations. */
  monotonic(): number
  /** Calls `fn` once after `ms` milliseconds. The timer does not keep the process alive if `ref` is false. */
  setTimeout(fn: () => void, ms: number, options?: { ref?: boolean }): Timer
}

/** The real time of this computer. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(fn, ms, options) {
    const handle = setTimeout(fn, ms)
    if (options?.ref === false) handle.unref()
    return timer(() => clearTimeout(handle))
  },
}

/** Wraps a cancel function as a {@link Timer}. */
export function timer(cancel: () => void): Timer {
  return { cancel, [Symbol.dispose]: cancel }
}

/** Resolves after `ms` milliseconds, or at once when `signal` aborts (it never rejects: look at the signal). */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const done = () => {
      pending.cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const pending = clock.setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/**
 * Settles as `work` does, or rejects with what `onTimeout` returns once `ms` milliseconds have passed.
 * `work` itself is not stopped: pass it a signal if it can be.
 */
export function withDeadline<T>(
  clock: Clock,
  work: Promise<T>,
  ms: number,
  onTimeout: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = clock.setTimeout(() => reject(onTimeout()), ms)
    work.then(resolve, reject).finally(() => deadline.cancel())
  })
}
