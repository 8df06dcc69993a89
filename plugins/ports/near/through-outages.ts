import { isTeleclaudeError, type OperationCall, sleep, type TeleclaudeError } from '../../../core/index.ts'

/** What is asked of the far side may be asked again: a network that comes back within this time cuts no connection. */
const PATIENCE_MS = 30_000
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2000

/**
 * Asks until there is an answer, or an error that will not go away by itself.
 * @param onWait told once, of what it waits for
 */
export async function throughOutages<T>(
  { clock, signal }: Pick<OperationCall, 'clock' | 'signal'>,
  ask: () => Promise<T>,
  onWait: (error: TeleclaudeError) => void = () => {},
): Promise<T> {
  const deadline = clock.monotonic() + PATIENCE_MS
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await ask()
    } catch (error) {
      const isOver = signal.aborted || clock.monotonic() > deadline
      if (isOver || !isTeleclaudeError(error) || !error.retryable) throw error
      if (waitMs === FIRST_WAIT_MS) onWait(error)
      await sleep(clock, waitMs, signal)
    }
  }
}
