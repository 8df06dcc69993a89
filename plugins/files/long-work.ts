import { type Clock, sleep } from '../../core/index.ts'

/** Work that may take longer than an answer to another computer may. */
export interface LongWork {
  /** Settles as the work does, or with null if that takes a while: then asking again joins it. */
  ask<T>(key: string, work: () => Promise<T>): Promise<{ readonly result: T } | null>
  /** Whoever asks next begins anew. */
  forget(key: string): void
}

/** A quarter of what an answer may take. */
const PATIENCE_MS = 15_000
/** Whoever has not asked again by then will not. */
const KEPT_MS = 60_000

export function createLongWork(clock: Clock): LongWork {
  const known = new Map<string, Promise<unknown>>()
  const forget = (key: string, work: Promise<unknown> | undefined) => {
    if (known.get(key) === work) known.delete(key)
  }
  const begin = (key: string, work: () => Promise<unknown>) => {
    const begun = work()
    known.set(key, begun)
    const keep = () => void clock.setTimeout(() => forget(key, begun), KEPT_MS, { ref: false })
    begun.then(keep, keep)
    return begun
  }
  return {
    async ask<T>(key: string, work: () => Promise<T>) {
      const begun = known.get(key) ?? begin(key, work)
      const late = new AbortController()
      // It is told once: asked for later, it is done anew.
      const told = begun.finally(() => {
        if (!late.signal.aborted) forget(key, begun)
      })
      try {
        const isLate = sleep(clock, PATIENCE_MS, late.signal).then(() => null)
        // Under one key there is only work of one type.
        return await Promise.race([told.then(result => ({ result: result as T })), isLate])
      } finally {
        late.abort()
      }
    },
    forget: key => forget(key, known.get(key)),
  }
}
