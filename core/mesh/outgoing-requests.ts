import type { EnvelopeHeader } from './envelope.ts'
import type { RequestBody, ResponseBody } from './messages.ts'

export interface OutgoingOptions {
  /** Given by the caller, or made. */
  readonly requestId: string
  /** May be asked again under another id when nobody knows what became of it. */
  readonly idempotent: boolean
  readonly signal?: AbortSignal | undefined
}

/** The requests to other computers that wait for their answers. */
export interface OutgoingRequests {
  /**
   * Settles with the result. The request is sent again, under its id, whenever the carrier has returned and every few
   * seconds, which is safe: the receiver does it once.
   * @throws TC_ERR_TRANSPORT, TC_ERR_COMPUTER_UNKNOWN, TC_ERR_COMPUTER_OFFLINE, TC_ERR_PEER_REFUSED, TC_ERR_TIMEOUT,
   * TC_ERR_OUTCOME_UNKNOWN, TC_ERR_CANCELLED, TC_ERR_MESSAGE_TOO_LARGE, TC_ERR_BUSY, and whatever the operation throws there
   */
  request(computer: string, body: RequestBody, options: OutgoingOptions): Promise<unknown>
  /** A response has come. One that nobody waits for is counted and dropped. */
  answered(header: EnvelopeHeader, body: ResponseBody): void
  /** The carrier has returned. */
  resend(): void
  /** Fails everything that waits. */
  close(): void
  counts(): { readonly waiting: number; readonly late: number; readonly resent: number }
}
