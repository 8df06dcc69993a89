import type { EnvelopeHeader } from './envelope.ts'
import type { RequestBody, ResponseBody } from './messages.ts'

/**
 * The requests of other computers, each done at most once: it is written down before it runs; found running after a
 * crash it is not run again, and its caller is told.
 */
export interface ServedRequests {
  /**
   * Takes a request in, in the same transaction as `position`, and starts it. One that was taken in before is not done
   * again: its answer is sent again, if it is there.
   * @throws TC_ERR_STORE, TC_ERR_DISK_FULL: then nothing was taken in
   */
  take(header: EnvelopeHeader, body: RequestBody, position: string): void
  /** The caller has gone: the signal of its operation aborts. */
  cancel(from: string, id: string): void
  /** Answers what a daemon before this one has left: with its recorded result, or with TC_ERR_OUTCOME_UNKNOWN. */
  answerUnfinished(): Promise<void>
  /** Forgets ids that can no longer be replayed. */
  sweep(): void
  counts(): { readonly running: number; readonly served: number; readonly repeated: number }
}

/** Does a request that was authorised to be asked; settles with its result. */
export type Serve = (
  from: string,
  requestId: string,
  body: RequestBody,
  signal: AbortSignal,
) => Promise<unknown>

/** Answers a request; never rejects: settles with whether the carrier has it. */
export type Answer = (to: string, requestId: string, body: ResponseBody) => Promise<boolean>
