import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type Freshness, freshnessOf } from './freshness.ts'
import { fingerprintOf } from './identity.ts'
import type { MeshSecrets } from './mesh-secrets.ts'
import type { Allowance } from './peer.ts'
import { clockProblem, OLD_SECRET_PROBLEM } from './peer-problems.ts'
import { type PeerRecord, recordOf } from './peer-record.ts'
import type { PeerTable } from './peer-table.ts'
import type { Sighting } from './sightings.ts'

export interface PeerListingParts {
  readonly table: PeerTable
  readonly secrets: MeshSecrets
  /** What a computer that was not seen before may do. */
  readonly newPeersAllow: Allowance
  /** How long an announcement lasts. */
  readonly ttlMs: () => number
  /** Whether a computer that is not seen may only not have announced itself again yet. */
  readonly isAwaited: (name: string) => boolean
  readonly clock: Clock
  readonly log: Logger
}

/** Whoever knows the secret can announce any number of names; so many are kept. */
export const MAX_PEERS = 2000

/** Takes in what a listing shows: who is there, who is new, who has gone, and who is not who it was. */
export function createPeerListing(parts: PeerListingParts): (seen: ReadonlyMap<string, Sighting>) => void {
  const { table, secrets, clock, log } = parts

  const freshness = (sighting: Sighting, accepted: PeerRecord['heartbeat']): Freshness =>
    freshnessOf(sighting.heartbeat, accepted, { now: clock.now(), ttlMs: parts.ttlMs() })

  /** A computer that is not known. */
  const meet = (sighting: Sighting, shown: PeerRecord | undefined) => {
    if (!shown && table.size >= MAX_PEERS) return
    const stranger = strangerOf(sighting, clock.now())
    const problem = whyNot(sighting)
    if (problem !== null) {
      const doubted = shown?.doubted?.sighting === sighting ? shown.doubted : { sighting, problem }
      return table.put({ ...stranger, isPinned: false, doubted })
    }
    const { allow, isRevoked } = rightsOf(sighting)
    table.put({ ...stranger, allow, isRevoked, presence: 'here', secretId: sighting.secret.id })
    log.info(
      { computer: stranger.name, fingerprint: stranger.fingerprint, allow },
      'a computer was seen for the first time',
    )
  }

  const whyNot = (sighting: Sighting): string | null => {
    if (sighting.secret.id !== secrets.current.id) return OLD_SECRET_PROBLEM
    return freshness(sighting, null) === 'fresh' ? null : clockProblem(sighting.heartbeat, clock.now())
  }

  /** A computer that comes under another name keeps what was decided for its key. */
  const rightsOf = (sighting: Sighting): Pick<PeerRecord, 'allow' | 'isRevoked'> => {
    const before = table.all().find(one => one.isPinned && isKeyOf(one.publicKey, sighting))
    return before ?? { allow: parts.newPeersAllow, isRevoked: false }
  }

  /** A computer with the key that is pinned. */
  const hear = (record: PeerRecord, sighting: Sighting) => {
    const found = freshness(sighting, record.heartbeat)
    if (found === 'fresh') return accept(record, sighting)
    const problem = found === 'out of bound' ? clockProblem(sighting.heartbeat, clock.now()) : null
    const known = record.doubted?.sighting === sighting ? record.doubted : null
    // The same bytes give the same problem, though they grow older.
    miss({ ...record, doubted: problem === null ? null : (known ?? { sighting, problem }) }, record)
  }

  const accept = (record: PeerRecord, sighting: Sighting) => {
    const { heartbeat, secret } = sighting
    const isSettled =
      record.presence === 'here' && record.heartbeat === heartbeat && record.secretId === secret.id
    if (isSettled) return
    const isNew = record.heartbeat?.boot !== heartbeat.boot || record.heartbeat.at < heartbeat.at
    table.put({
      ...record,
      heartbeat,
      lastSeen: isNew ? clock.now() : record.lastSeen,
      presence: 'here',
      secretId: secret.id,
      doubted: null,
      refused: null,
      refusedKey: null,
      refusedFingerprint: null,
    })
  }

  /** A computer with another key than the pinned one. */
  const suspect = (record: PeerRecord, sighting: Sighting) => {
    const isOlder = record.heartbeat !== null && sighting.heartbeat.at < record.heartbeat.at
    // Who knows an old secret alone, or puts back what was announced before a key was replaced, changes nothing.
    if (isOlder || whyNot(sighting) !== null) return miss(record)
    if (record.presence === 'refused' && record.refused === sighting) return
    const refusedFingerprint = fingerprintOf(sighting.publicKey)
    if (record.refusedFingerprint !== refusedFingerprint) {
      log.warn(
        { computer: record.name, known: record.fingerprint, announced: refusedFingerprint },
        'a computer announces itself with another key than the one that is known; it is refused',
      )
    }
    table.put({
      ...record,
      presence: 'refused',
      refused: sighting,
      refusedKey: sighting.publicKey,
      refusedFingerprint,
    })
  }

  /** Nothing that counts is announced. `before` is the record as it stands in the table. */
  const miss = (record: PeerRecord, before = record) => {
    if (!record.isPinned) return table.remove([record.name])
    const presence = parts.isAwaited(record.name) ? record.presence : 'gone'
    if (presence !== before.presence || record.doubted !== before.doubted) table.put({ ...record, presence })
  }

  return seen => {
    for (const [name, sighting] of seen) {
      const record = table.get(name)
      if (!record?.isPinned) meet(sighting, record)
      else if (isKeyOf(record.publicKey, sighting)) hear(record, sighting)
      else suspect(record, sighting)
    }
    for (const record of table.all()) {
      if (!seen.has(record.name)) miss({ ...record, doubted: null }, record)
    }
  }
}

function strangerOf({ heartbeat, publicKey }: Sighting, now: number): PeerRecord {
  return recordOf({
    name: heartbeat.name,
    publicKey,
    allow: [],
    isRevoked: false,
    refusedKey: null,
    firstSeen: now,
    lastSeen: now,
    heartbeat,
  })
}

function isKeyOf(publicKey: Uint8Array, sighting: Sighting): boolean {
  return Buffer.compare(publicKey, sighting.publicKey) === 0
}
