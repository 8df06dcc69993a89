import type { Epoch, SessionId } from '../ids.ts'
import type { StreamKey } from './stream-seal.ts'

/** What a subscriber needs to read a session's stream. */
export interface StreamPass {
  readonly epoch: Epoch
  readonly key: StreamKey
}

/**
 * The streams of this computer's sessions that others watch: each is written from the journal, sealed, while somebody
 * watches, and removed when nobody does. Subscriptions end by themselves unless they are renewed.
 */
export interface Outlets {
  /** Has the entries after `afterSeq` written to the session's stream. `fresh` begins the stream anew, under another key. */
  subscribe(session: SessionId, computer: string, afterSeq: number, fresh: boolean): StreamPass
  renew(computer: string, sessions: readonly string[]): void
  release(computer: string, sessions: readonly string[]): void
  /** A computer may no longer read: its subscriptions end, and what others read goes on under new keys. */
  expel(computer: string): void
  /** The carrier has returned: what it may have lost is written again. */
  resume(): void
  close(): Promise<void>
  /** The sessions whose streams are being written. */
  readonly open: number
}
