import type { Clock, Timer } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'

/** Calls an adapter, one call at a time. */
export interface AdapterCalls {
  /** Whether a call has not ended yet. */
  readonly isBusy: boolean
  /** Set while a call goes on beyond its deadline. */
  readonly overdue: string | null
  /**
   * Settles when `call` has ended, however late, so that there are never two at once. After the deadline its signal
   * is aborted; `lateCounts` says whether a result after that is still one.
   * @throws TC_ERR_TIMEOUT, and whatever `call` throws
   */
  run<T>(
    what: string,
    call: (signal: AbortSignal) => Promise<T>,
    options?: { lateCounts: boolean },
  ): Promise<T>
  /** Aborts the signal of the call that runs. */
  abort(): void
}

export function createAdapterCalls(clock: Clock, adapter: string, timeoutMs: number): AdapterCalls {
  let current: { controller: AbortController; deadline: Timer } | null = null
  let overdue: TeleclaudeError | null = null
  return {
    get isBusy() {
      return current !== null
    },
    get overdue() {
      return overdue?.message ?? null
    },
    async run(what, call, options) {
      const controller = new AbortController()
      const deadline = clock.setTimeout(() => {
        overdue = timeoutError(adapter, what, timeoutMs)
        controller.abort(overdue)
      }, timeoutMs)
      current = { controller, deadline }
      try {
        const result = await call(controller.signal)
        // A call that was aborted may well end without an error and without having done its work.
        if (controller.signal.aborted && !options?.lateCounts) throw controller.signal.reason
        return result
      } catch (error) {
        throw overdue ?? error
      } finally {
        deadline.cancel()
        overdue = null
        current = null
      }
    },
    abort() {
      current?.deadline.cancel()
      current?.controller.abort(stopped(adapter))
    },
  }
}

function stopped(adapter: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', `The adapter '${adapter}' is stopped.`)
}

export function timeoutError(adapter: string, what: string, timeoutMs: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TIMEOUT',
    `The adapter '${adapter}' did not finish ${what} within ${timeoutMs} ms. Check that its far side can be reached.`,
  )
}
