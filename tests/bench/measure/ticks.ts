import { entryFromWire } from '../../../core/journal/entry.ts'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import type { BenchDaemon } from '../processes/daemon.ts'

export const TICKER = new URL('../processes/ticker.ts', import.meta.url).pathname

/** A line of `processes/ticker.ts`. */
export interface Tick {
  /** From 0. */
  readonly number: number
  /** In nanoseconds, by `process.hrtime`. */
  readonly printedAt: bigint
  /** How old it was when it came, in milliseconds. */
  readonly ageMs: number
}

export interface Ticks {
  /** In the order in which they came. */
  readonly all: readonly Tick[]
  take(text: string): void
  /** Settles when one has come for which that is so. */
  next(isIt: (tick: Tick) => boolean): Promise<void>
}

export function createTicks(): Ticks {
  const all: Tick[] = []
  const waiting = new Map<(tick: Tick) => boolean, () => void>()
  let rest = ''
  const come = (tick: Tick) => {
    all.push(tick)
    for (const [isIt, resolve] of waiting) {
      if (!isIt(tick)) continue
      waiting.delete(isIt)
      resolve()
    }
  }
  return {
    all,
    take(text) {
      const now = process.hrtime.bigint()
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        // A shell may write to the terminal in front of the first.
        const [, number, at] = /tick (\d+) (\d+)\r?$/.exec(line) ?? []
        if (number === undefined || at === undefined) continue
        const printedAt = BigInt(at)
        come({ number: Number(number), printedAt, ageMs: Number(now - printedAt) / 1e6 })
      }
    },
    next: isIt => new Promise(resolve => waiting.set(isIt, resolve)),
  }
}

/** Watches a session in which the ticker runs; disposing ends the watch. */
export function watchTicks({ client }: BenchDaemon, session_id: string) {
  const ticks = createTicks()
  const done = new AbortController()
  const onItem = (item: unknown) => {
    // `session.watch` emits nothing else.
    for (const entry of (item as WatchItem).entries.map(entryFromWire))
      if (entry.kind === 'output') ticks.take(Buffer.from(entry.data).toString())
  }
  const watching = client
    .call('session.watch', { session_id }, { signal: done.signal, onItem })
    .catch(() => {}) // it is ended below
  return {
    ticks,
    async [Symbol.asyncDispose]() {
      done.abort()
      await watching
    },
  }
}
