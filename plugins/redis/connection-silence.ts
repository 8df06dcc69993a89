import type { Redis } from 'ioredis'
import { type Clock, sleep, type Timer } from '../../core/index.ts'

/** Before another attempt to make a connection in the place of a silent one. */
const PAUSE_MS = 500

export interface SilenceParts {
  readonly connection: Redis
  readonly clock: Clock
  /** How long nothing may come once an answer is due. */
  patienceMs(): number
  /** Called when nothing came. `over` aborts when something comes after all, and when no answer is owed any more. */
  onSilence(over: AbortSignal): void
}

/** Watches a connection that owes an answer, until it is disposed of. */
export interface SilenceWatch extends Disposable {
  /** The answer is due after so long. Means nothing to a connection that is silent already. */
  due(ms: number): void
}

/** What is silent: an answer may be large and the line slow, so it is not answers that count, but bytes. */
export function watchSilence({ connection, clock, patienceMs, onSilence }: SilenceParts): SilenceWatch {
  // A node of a cluster has no socket before it is first asked.
  const socket = () => connection.stream as Redis['stream'] | undefined
  let received = 0
  let look: Timer | undefined
  let silence: AbortController | undefined
  let isDisposed = false

  function due(ms: number): void {
    if (isDisposed || silence) return
    look?.cancel()
    received = socket()?.bytesRead ?? 0
    look = clock.setTimeout(lookForBytes, ms + patienceMs(), { ref: false })
  }

  function lookForBytes(): void {
    if ((socket()?.bytesRead ?? 0) !== received) {
      due(0)
      return
    }
    silence = new AbortController()
    socket()?.once('data', heard)
    onSilence(silence.signal)
  }

  function heard(): void {
    silence?.abort('heard')
    silence = undefined
    due(0)
  }

  return {
    due,
    [Symbol.dispose]() {
      isDisposed = true
      look?.cancel()
      socket()?.off('data', heard)
      silence?.abort('answered')
    },
  }
}

/**
 * What is to take the place of a silent connection: the first that `make` makes while the silence lasts. That one is
 * made proves that Redis answers, and that its silence is the connection's fault. Null if the silence was over before.
 */
export async function madeDuring<T>(
  over: AbortSignal,
  clock: Clock,
  make: () => Promise<T>,
  discard: (late: T) => void,
): Promise<T | null> {
  while (!over.aborted) {
    try {
      const made = await make()
      if (!over.aborted) return made
      discard(made)
    } catch {
      // Why Redis cannot be reached is found out by whoever needs it; the silent connection may be well.
      await sleep(clock, PAUSE_MS, over)
    }
  }
  return null
}
