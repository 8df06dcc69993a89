import { type ClockSkew, createClockSkew } from './clock-skew.ts'
import type { HeartbeatFacts } from './heartbeat.ts'
import { fingerprintOf } from './identity.ts'
import type { StoredPeer } from './mesh-store.ts'
import type { ProtocolRange } from './messages.ts'
import type { Peer, PeerStatus } from './peer.ts'
import { incompatibleProblem, refusedProblem } from './peer-problems.ts'
import type { Sighting } from './sightings.ts'

/** A peer, and what only this run of the daemon needs to know of it. Never changed, but replaced. */
export interface PeerRecord extends StoredPeer {
  readonly fingerprint: string
  readonly refusedFingerprint: string | null
  /** Its key is kept, and it is heard. Others are only shown, while they announce themselves. */
  readonly isPinned: boolean
  /** What the last listing showed under its name: a fresh heartbeat, nothing that counts, or one with another key. */
  readonly presence: 'here' | 'gone' | 'refused'
  /** The secret that its newest heartbeat was sealed under. */
  readonly secretId: string | null
  /** What was announced under its name and not accepted, with the reason. */
  readonly doubted: { readonly sighting: Sighting; readonly problem: string } | null
  /** The newest heartbeat with another key than the pinned one. */
  readonly refused: Sighting | null
  readonly skew: ClockSkew
}

/** A peer of which only what was stored is known. */
export function recordOf(stored: StoredPeer): PeerRecord {
  return {
    ...stored,
    fingerprint: fingerprintOf(stored.publicKey),
    refusedFingerprint: stored.refusedKey && fingerprintOf(stored.refusedKey),
    isPinned: true,
    presence: 'gone',
    secretId: null,
    doubted: null,
    refused: null,
    skew: createClockSkew(),
  }
}

/** The record as everyone else sees it. */
export function peerOf(record: PeerRecord, protocol: ProtocolRange): Peer {
  const status = statusOf(record, protocol)
  return {
    name: record.name,
    status,
    problem: problemOf(record, status, protocol),
    publicKey: record.publicKey,
    fingerprint: record.fingerprint,
    refusedFingerprint: record.refusedFingerprint,
    allow: record.allow,
    heartbeat: record.heartbeat,
    firstSeen: record.firstSeen,
    lastSeen: record.lastSeen,
    clockSkewMs: record.skew.ms,
  }
}

export function statusOf(record: PeerRecord, protocol: ProtocolRange): PeerStatus {
  if (record.isRevoked) return 'revoked'
  if (record.presence === 'refused') return 'refused'
  if (record.presence === 'gone' || !record.heartbeat) return 'offline'
  return versionWith(record.heartbeat, protocol) === null ? 'incompatible' : 'online'
}

/** The newest version of the protocol that both speak, or null. */
export function versionWith({ protocol: theirs }: HeartbeatFacts, ours: ProtocolRange): number | null {
  const newest = Math.min(theirs.max, ours.max)
  return newest >= Math.max(theirs.min, ours.min) ? newest : null
}

function problemOf(record: PeerRecord, status: PeerStatus, protocol: ProtocolRange): string | null {
  if (status === 'refused') return refusedProblem(record)
  if (status === 'incompatible' && record.heartbeat) return incompatibleProblem(record.heartbeat, protocol)
  return status === 'offline' ? (record.doubted?.problem ?? null) : null
}
