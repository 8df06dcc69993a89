import type { Clock } from '../clock.ts'
import { messageOf, TeleclaudeError } from '../errors.ts'
import { defineService } from '../host/service.ts'
import type { Logger } from '../log.ts'
import type { Announcement } from '../transport.ts'
import { checkedAllowance, isWider } from './allowance.ts'
import type { Correspondent } from './envelope.ts'
import type { MeshSecrets } from './mesh-secrets.ts'
import type { MeshStore } from './mesh-store.ts'
import type { ProtocolRange } from './messages.ts'
import type { Allowance, Peer } from './peer.ts'
import { createPeerListing } from './peer-listing.ts'
import { unknownComputer, unreachable } from './peer-problems.ts'
import { type PeerRecord, peerOf, recordOf, statusOf, versionWith } from './peer-record.ts'
import { createPeerTable } from './peer-table.ts'
import { createSightings } from './sightings.ts'

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
  /**
   * Nothing that it asks is done any more, under whatever name it came with this key, until it is limited to something
   * again. @throws TC_ERR_COMPUTER_UNKNOWN
   */
  revoke(name: string): Peer
  /** Pins the key that was refused in the place of the old one. @throws TC_ERR_COMPUTER_UNKNOWN, TC_ERR_INVALID_INPUT where none was refused */
  replace(name: string): Peer
  /** A peer appeared, changed its status or what it may do, or announced other facts. */
  onChange(listener: (peer: Peer) => void): Disposable
}

/** The service key of {@link Peers}. Provided by core, where a mesh secret is configured. */
export const PeersService = defineService<Peers>('peers')

export interface PeersParts {
  /** The name of this computer; what is announced under it is no peer. */
  readonly self: string
  readonly store: MeshStore
  readonly secrets: MeshSecrets
  readonly protocol: ProtocolRange
  /** What a computer that was not seen before may do. */
  readonly newPeersAllow: Allowance
  /** After how long an offline computer is forgotten. */
  readonly forgetAfterMs: number
  /** How long an announcement lasts; asked when it matters, since whoever knows may start later. */
  readonly ttlMs: () => number
  readonly clock: Clock
  readonly log: Logger
}

/** The peers, with what only the heart asks of them. */
export interface KnownPeers extends Peers {
  /** Forgets who has been offline for too long, and says who that is. Those whom a person has limited or revoked are kept. */
  sweep(): readonly string[]
}

/** The computers that can be asked. */
export function namesOnline(peers: Pick<Peers, 'list'>): readonly string[] {
  return peers.list().flatMap(({ status, name }) => (status === 'online' ? [name] : []))
}

/** @throws TC_ERR_STORE */
export function createPeers(parts: PeersParts): KnownPeers {
  const { secrets, protocol, clock, log } = parts
  const table = createPeerTable(parts)
  const look = createSightings({ ...parts, isKnown: name => table.get(name) !== undefined })
  let strangers = 0
  let earlyUntil = Number.NEGATIVE_INFINITY
  let awaitedSince = 0
  let listed: ReadonlySet<string> = new Set()
  /** Who has announced itself since the carrier returned: if it is missing after that, it has gone. */
  const back = new Set<string>()
  const isAwaited = (name: string) => clock.monotonic() < earlyUntil && !back.has(name)
  const takeIn = createPeerListing({ ...parts, table, isAwaited })

  const awaitAll = () => {
    earlyUntil = clock.monotonic() + parts.ttlMs()
    awaitedSince = clock.now()
    back.clear()
  }
  /** Names are taken out of the list by nobody who is there: if they are missing, the carrier was emptied. */
  const noteListed = (names: ReadonlySet<string>) => {
    const areMissing = table
      .all()
      .some(({ name, presence }) => presence === 'here' && listed.has(name) && !names.has(name))
    if (areMissing) awaitAll()
    listed = names
  }
  const view = (record: PeerRecord) => peerOf(record, protocol)
  const unknown = (name: string) =>
    unknownComputer(
      name,
      table.all().map(one => one.name),
      strangers,
    )
  const pinned = (name: string): PeerRecord => {
    const record = table.get(name)
    if (record?.isPinned) return record
    throw record ? unreachable(view(record)) : unknown(name)
  }
  const decide = (record: PeerRecord): Peer => {
    table.put(record)
    table.commit()
    return view(record)
  }

  return {
    list: () => table.all().map(view).sort(byName),
    find(name) {
      const record = table.get(name)
      return record && view(record)
    },
    noticed(announcements) {
      noteListed(new Set(announcements.map(({ computer }) => computer)))
      const sightings = look(announcements)
      strangers = sightings.strangers
      takeIn(sightings.byName)
      for (const name of sightings.byName.keys()) {
        const record = table.get(name)
        if (record?.presence === 'here' && record.lastSeen >= awaitedSince) back.add(name)
      }
      try {
        table.commit()
      } catch (error) {
        log.warn(
          { reason: messageOf(error) },
          'what was learnt of other computers could not be saved; it is tried again',
        )
      }
    },
    carrierReturned: awaitAll,
    get strangers() {
      return strangers
    },
    correspondent(name) {
      const record = table.get(name)
      if (!record) throw unknown(name)
      const v = record.heartbeat && versionWith(record.heartbeat, protocol)
      if (v === null || statusOf(record, protocol) !== 'online') throw unreachable(view(record))
      const secret = secrets.find(record.secretId ?? '') ?? secrets.current
      return { name, publicKey: record.publicKey, secret, v }
    },
    sender(name, secretId) {
      const record = table.get(name)
      const secret = secrets.find(secretId)
      return record?.isPinned && secret ? { name, publicKey: record.publicKey, secret } : null
    },
    noteSkew: (name, skewMs, roundTripMs) =>
      table.get(name)?.skew.note(skewMs, roundTripMs, clock.monotonic()),
    limit: (name, allow) => decide({ ...pinned(name), allow: checkedAllowance(allow), isRevoked: false }),
    revoke(name) {
      const record = pinned(name)
      for (const other of table.all().filter(one => one.name !== name && hasKeyOf(one, record)))
        decide({ ...other, isRevoked: true })
      return decide({ ...record, isRevoked: true })
    },
    replace: name => decide(withRefusedKey(pinned(name))),
    onChange: table.onChange,
    sweep() {
      const before = clock.now() - parts.forgetAfterMs
      const gone = table.all().filter(record => mayForget(record, before, parts.newPeersAllow))
      const names = gone.map(({ name }) => name)
      table.remove(names)
      if (names.length > 0) log.info({ computers: names }, 'computers that were away for long are forgotten')
      return names
    },
  }
}

function hasKeyOf(one: PeerRecord, other: PeerRecord): boolean {
  return one.isPinned && one.fingerprint === other.fingerprint
}

/** @throws TC_ERR_INVALID_INPUT */
function withRefusedKey(record: PeerRecord): PeerRecord {
  const { name, refusedKey, refused } = record
  if (!refusedKey) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      `'${name}' announces itself with the key that is known here (${record.fingerprint}), or not at all: there is nothing to replace it with.`,
    )
  }
  const stored = { ...record, publicKey: refusedKey, refusedKey: null, heartbeat: refused?.heartbeat ?? null }
  return {
    ...recordOf(stored),
    presence: record.presence === 'refused' ? 'here' : 'gone',
    secretId: refused?.secret.id ?? null,
  }
}

/** Forgetting must not give back what a person took away. */
function mayForget(record: PeerRecord, before: number, newPeersAllow: Allowance): boolean {
  const { isPinned, isRevoked, presence, lastSeen, allow } = record
  if (!isPinned || isRevoked || presence !== 'gone' || lastSeen >= before) return false
  return !isWider(newPeersAllow, allow)
}

function byName(one: Peer, other: Peer): number {
  return one.name < other.name ? -1 : 1
}
