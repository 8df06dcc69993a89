import { z } from 'zod'

/** For whom a watch asks. */
export interface WatchCaller {
  readonly surface: string
  readonly caller: string
}

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
