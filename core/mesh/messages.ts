import { z } from 'zod'

/** The versions of the protocol between computers that this program speaks. In 2 bodies may have bytes beside their JSON. */
export const PROTOCOL = { min: 1, max: 2 } as const
export type ProtocolRange = { readonly min: number; readonly max: number }

/** How long the answer to a request may take, in milliseconds: operations never wait. */
export const ANSWER_MS = 60_000

/**
 * How far the clocks of two computers may differ, in milliseconds. Two minutes are more than any computer is off that
 * asks a time server at all, and short enough to remember the ids of what could be replayed.
 */
export const MAX_SKEW_MS = 120_000

/** The body of a request. */
export const requestBody = z.object({
  operation: z.string().max(100),
  input: z.unknown(),
  surface: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  /** Who asked the computer that asks, for people to read; proves nothing. Names of plugins and tokens may be long. */
  caller: z.string().max(1000),
  /** Scopes that the sender needs besides, for what it composes of this: it is refused before anything is done without them. */
  needs: z.array(z.string().max(65)).max(16).readonly().optional(),
  /** For `session.watch`: the sender wants to read the session's stream from where the answer ends. */
  subscribe: z.boolean().optional(),
  /** With `subscribe`: what stands in the stream is not what its owner wrote; it is to begin anew. */
  fresh: z.boolean().optional(),
  /**
   * Which run of the receiver's daemon the sender knew of when it asked. A receiver that has lost its memory of what it
   * has done can tell by it what it may have done before. Added by whoever sends the request.
   */
  boot: z.string().max(64).optional(),
})
export type RequestBody = z.output<typeof requestBody>

const wireError = z.object({
  code: z.string().max(100),
  message: z.string().max(10_000),
  retryable: z.boolean(),
  plugin: z.string().max(200).optional(),
  hook: z.string().max(200).optional(),
})

/** The body of a response. When it was given, by the clock of the computer that gives it, is the header's `at`. */
export const responseBody = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), result: z.unknown() }),
  z.object({ status: z.literal('error'), error: wireError }),
])
export type ResponseBody = z.output<typeof responseBody>

/** The body of an event: something happened to a session that the receiver has to do with. */
export const eventBody = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('session'),
    /** The whole record, checked by whoever keeps it. */
    session: z.unknown(),
  }),
  z.object({
    type: z.literal('notice'),
    session_id: z.string().max(64),
    /** The entry of the session's journal, checked by whoever takes it. */
    entry: z.unknown(),
  }),
])
export type EventBody = z.output<typeof eventBody>

/** The body of `renew` and `release`: the sessions that the sender goes on, or stops, watching. */
export const watchedBody = z.object({ sessions: z.array(z.string().max(64)).max(10_000) })
export type WatchedBody = z.output<typeof watchedBody>
