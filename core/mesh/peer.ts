import type { Scope } from '../principal.ts'
import type { HeartbeatFacts } from './heartbeat.ts'

/**
 * `online` and `offline` by its heartbeat; `incompatible` if it speaks no version of the protocol that is spoken here;
 * `refused` while another key than the pinned one is announced under its name; `revoked` by a person.
 */
export type PeerStatus = 'online' | 'offline' | 'incompatible' | 'refused' | 'revoked'

/** What a peer may do here; `'*'` is everything. */
export type Allowance = readonly Scope[] | '*'

/** Another computer, its key pinned when it was first seen. Times are milliseconds since the Unix epoch, by the clock of this computer. */
export interface Peer {
  readonly name: string
  readonly status: PeerStatus
  /** Why it is refused or incompatible and what to do about it; null otherwise. */
  readonly problem: string | null
  readonly publicKey: Uint8Array
  readonly fingerprint: string
  /** Announced under its name with another key than the pinned one. */
  readonly refusedFingerprint: string | null
  readonly allow: Allowance
  /** The newest heartbeat sealed by somebody who knows the secret, with the pinned key; kept while it is offline and over restarts. */
  readonly heartbeat: HeartbeatFacts | null
  readonly firstSeen: number
  readonly lastSeen: number
  /** How far its clock is ahead of this one's, in milliseconds; null while it was not measured. */
  readonly clockSkewMs: number | null
}
