import type { Clock, Timer } from '../clock.ts'
import { isStoreFailure } from './store-failure.ts'

/** The computers whose news of sessions could not be kept: they are asked for it, until it can be. */
export interface MissedNews {
  note(computer: string): void
  close(): void
}

/** Somebody has to make room first. */
const ASK_AFTER_MS = 10_000

/** @param ask asks a computer how its sessions are, and keeps that */
export function createMissedNews(clock: Clock, ask: (computer: string) => Promise<void>): MissedNews {
  const waiting = new Map<string, Timer>()
  let isClosed = false

  const askNow = async (computer: string): Promise<void> => {
    waiting.delete(computer)
    try {
      await ask(computer)
    } catch (error) {
      // One that cannot be reached is asked when it returns.
      if (isStoreFailure(error)) note(computer)
    }
  }
  const note = (computer: string): void => {
    if (isClosed || waiting.has(computer)) return
    const timer = clock.setTimeout(() => void askNow(computer), ASK_AFTER_MS, { ref: false })
    waiting.set(computer, timer)
  }
  return {
    note,
    close() {
      isClosed = true
      for (const timer of waiting.values()) timer.cancel()
      waiting.clear()
    },
  }
}
