import { asTeleclaudeError, type Clock, TeleclaudeError } from '../../core/index.ts'

/** After a failed start; twice as long after each further one. An agent that calls tool after tool must not try each time. */
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 60_000

interface Failure {
  readonly error: TeleclaudeError
  readonly pauseMs: number
  readonly until: number
}

/**
 * Brings the daemon up: once for all who ask at the same time. After a failure it says what the failure was until a
 * pause is over, and only then tries again.
 */
export function createDaemonStarter(startDaemon: () => Promise<void>, clock: Clock): () => Promise<void> {
  let starting: Promise<void> | null = null
  let failure: Failure | null = null

  const start = async (): Promise<void> => {
    try {
      await startDaemon()
      failure = null
    } catch (thrown) {
      const error = asTeleclaudeError(thrown)
      const pauseMs = failure ? Math.min(failure.pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS
      failure = { error, pauseMs, until: clock.monotonic() + pauseMs }
      throw error
    } finally {
      starting = null
    }
  }
  return () => {
    const leftMs = failure ? failure.until - clock.monotonic() : 0
    if (!starting && failure && leftMs > 0) return Promise.reject(notAgain(failure.error, leftMs))
    starting ??= start()
    return starting
  }
}

function notAgain({ code, message, retryable }: TeleclaudeError, leftMs: number): TeleclaudeError {
  const seconds = Math.ceil(leftMs / 1000)
  return new TeleclaudeError(
    code,
    `${message}\nThe daemon could not be started; it is tried again in ${seconds} s at the earliest.`,
    { retryable },
  )
}
