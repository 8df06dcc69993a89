import type { Scope } from '../principal.ts'
import type { Announcement } from '../transport.ts'
import type { Correspondent } from './envelope.ts'
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

/** The computers that this one knows. */
export interface Peers {
  /** By name. */
  list(): readonly Peer[]
  find(name: string): Peer | undefined
  /** Takes in everything that is announced: pins new keys, refuses changed ones, sees who has gone. */
  noticed(announcements: readonly Announcement[]): void
  /** After the carrier was away nobody is taken for offline until heartbeats had the time to come again. */
  carrierReturned(): void
  /** How many of the last announcements were sealed under no secret that is known here. */
  readonly strangers: number
  /**
   * How to write to a peer: its pinned key, the secret that it knows, and the version of the protocol.
   * @throws TC_ERR_COMPUTER_UNKNOWN, TC_ERR_COMPUTER_OFFLINE, TC_ERR_PEER_REFUSED, TC_ERR_PROTOCOL
   */
  correspondent(name: string): Correspondent & { readonly v: number }
  /** How to read what says that it comes from a peer: null where no key is pinned or the secret is not known. Of revoked and offline ones too. */
  sender(name: string, secretId: string): Correspondent | null
  /** A measured difference between the clocks; the one with the shortest round trip within ten minutes counts. */
  noteSkew(name: string, skewMs: number, roundTripMs: number): void
  /** @throws TC_ERR_COMPUTER_UNKNOWN */
  limit(name: string, allow: Allowance): Peer
  /** Nothing that it asks is done any more, until it is limited to something again. @throws TC_ERR_COMPUTER_UNKNOWN */
  revoke(name: string): Peer
  /** Pins the key that was refused in the place of the old one. @throws TC_ERR_COMPUTER_UNKNOWN, TC_ERR_INVALID_INPUT where none was refused */
  replace(name: string): Peer
  /** A peer appeared, changed its status or what it may do, or announced other facts. */
  onChange(listener: (peer: Peer) => void): Disposable
}
