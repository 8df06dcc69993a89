import { z } from 'zod'
import type { WatchEnd } from '../operations/follow.ts'
import type { InvokeOptions } from '../operations/operation.ts'

/**
 * How `session.watch` is answered between computers: one page of entries, and with `subscribe` what it takes to read
 * on in the session's stream.
 */
export const watchAnswer = z.object({
  /** Items of the watch, each checked by its reader. */
  items: z.array(z.unknown()).max(10_000),
  end: z.object({
    cursor: z.string().max(64),
    at_end: z.boolean(),
    running: z.boolean(),
    state: z.string().max(32),
  }),
  stream: z
    .object({ epoch: z.string().max(64), key_id: z.string().max(16), key: z.string().max(64) })
    .nullable(),
})
export type WatchAnswer = z.output<typeof watchAnswer>

/** Watches sessions of other computers: pages from their owner, and what is live from their streams, without a hole. */
export interface RemoteWatches {
  /**
   * As `session.watch` does here. Once it has begun it outlives losses of the carrier and of the other computer's daemon.
   * @throws whatever the first request throws; later TC_ERR_FORBIDDEN, TC_ERR_SESSION_NOT_FOUND, TC_ERR_PEER_REFUSED, TC_ERR_CANCELLED
   */
  watch(computer: string, input: unknown, caller: WatchCaller, options: InvokeOptions): Promise<WatchEnd>
  /** Subscribes to a session that is about to be watched, so that the watch finds what it needs here. Never rejects. */
  prepare(computer: string, session: string, caller: WatchCaller): void
  /** The carrier has returned. */
  resume(): void
  close(): void
  readonly open: number
}

/** For whom it is asked. */
export interface WatchCaller {
  readonly surface: string
  readonly caller: string
}
