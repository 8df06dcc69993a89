import { type Clock, sleep } from '../clock.ts'

/** Short enough that a hiccup goes unnoticed. */
const BASE_MS = 100

/** How long to wait after so many failures in a row, in milliseconds; jittered, so that computers do not march in step. */
export function pauseMs(failures: number, longestMs: number): number {
  const full = Math.min(longestMs, BASE_MS * 2 ** Math.min(failures, 20))
  return full / 2 + (Math.random() * full) / 2
}

/** Those who wait before they try again; all of them go on when the carrier has returned. */
export interface Patience {
  /** Settles after `ms` milliseconds, at {@link resume}, or when `signal` aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>
  resume(): void
}

export function createPatience(clock: Clock): Patience {
  const waiting = new Set<AbortController>()
  return {
    async pause(ms, signal) {
      if (signal.aborted) return
      const early = new AbortController()
      const end = () => early.abort('over')
      waiting.add(early)
      signal.addEventListener('abort', end, { once: true })
      await sleep(clock, ms, early.signal)
      signal.removeEventListener('abort', end)
      waiting.delete(early)
    },
    resume() {
      for (const early of [...waiting]) early.abort('over')
    },
  }
}
