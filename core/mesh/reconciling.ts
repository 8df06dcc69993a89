import type { Clock, Timer } from '../clock.ts'
import { isTeleclaudeError } from '../errors.ts'
import type { Logger } from '../log.ts'

/** Disposing ends it: nobody is asked any more. */
export interface Reconciling extends Disposable {
  /** Has a computer asked how its sessions are: again until it answers, as long as it is online. */
  begin(computer: string): void
}

export interface ReconcilingParts {
  readonly clock: Clock
  readonly log: Logger
  ask(computer: string): Promise<void>
  isOnline(computer: string): boolean
}

/** What kept it from answering, a full disk or a flood, takes a while to be over. */
const ASK_AGAIN_MS = 10_000

export function createReconciling({ clock, log, ask, isOnline }: ReconcilingParts): Reconciling {
  const waiting = new Map<string, Timer>()
  let isClosed = false

  const cancel = (computer: string): void => {
    waiting.get(computer)?.cancel()
    waiting.delete(computer)
  }
  const begin = (computer: string): void => {
    cancel(computer)
    void ask(computer).catch((err: unknown) => {
      log.debug({ err, computer }, 'a computer was not asked how its sessions are')
      // One that is away is asked when it returns; one that refuses goes on to.
      if (!isClosed && isTeleclaudeError(err) && err.retryable && isOnline(computer)) later(computer)
    })
  }
  const later = (computer: string): void => {
    cancel(computer)
    waiting.set(
      computer,
      clock.setTimeout(() => begin(computer), ASK_AGAIN_MS, { ref: false }),
    )
  }
  return {
    begin,
    [Symbol.dispose]() {
      isClosed = true
      for (const computer of [...waiting.keys()]) cancel(computer)
    },
  }
}
