import { type Clock, withDeadline } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { HookPoints } from '../host/hook-points.ts'
import type { Logger } from '../log.ts'
import { createRounds } from '../rounds.ts'
import type { Announcement, Presence, Transport } from '../transport.ts'
import { VERSION } from '../version.ts'
import { createFactGathering } from './fact-gathering.ts'
import { type HeartbeatFacts, sealHeartbeat } from './heartbeat.ts'
import type { MeshIdentity } from './identity.ts'
import type { MeshSecrets } from './mesh-secrets.ts'
import type { MeshStore } from './mesh-store.ts'
import { MAX_SKEW_MS, type ProtocolRange } from './messages.ts'
import { createNameClaim } from './name-claim.ts'
import type { KnownPeers } from './peers.ts'

/** Whether this computer has its name in the mesh. */
export type Membership =
  | { readonly joined: true }
  /** `problem` says why not (not yet connected, the name is taken, …) and what to do about it. */
  | { readonly joined: false; readonly problem: string }

/** Announces this computer and looks who else is there. */
export interface Heart {
  readonly membership: Membership
  /** Gathers facts, announces them, and lists the others. Never rejects: what went wrong is in `membership`. Never runs twice at once. */
  beat(): Promise<void>
  /** Lists the others, unless that was done within `maxAgeMs`. Never rejects. */
  refresh(maxAgeMs: number): Promise<void>
  /** Beats at every interval, and when the carrier has returned. */
  start(): void
  /** Takes the announcement back. */
  stop(): Promise<void>
}

export interface HeartParts {
  /** The name of this computer. */
  readonly self: string
  /** Random; of this run of the daemon. */
  readonly boot: string
  /** Names the run of the operating system. */
  readonly machineBoot: string
  readonly protocol: ProtocolRange
  readonly identity: Pick<MeshIdentity, 'publicKey'>
  readonly secrets: MeshSecrets
  readonly store: MeshStore
  readonly peers: KnownPeers
  readonly presence: Presence
  readonly transport: Pick<Transport, 'state' | 'onState'>
  readonly hookPoints: Pick<HookPoints, 'heartbeat'>
  /** After how long names that nobody announces any more are forgotten. */
  readonly forgetAfterMs: number
  /** Told when this computer has joined, and when it no longer has its name. */
  readonly onMembership: (membership: Membership) => void
  readonly clock: Clock
  readonly log: Logger
}

/** How long closing may wait for the carrier. */
const STOP_MS = 1000
/** How many names one beat forgets: each is a call to the carrier. */
const FORGET_AT_ONCE = 50

/** @throws TC_ERR_STORE, TC_ERR_DISK_FULL */
export function createHeart(parts: HeartParts): Heart {
  const { peers, presence, transport, clock, log } = parts
  const self = parts.store.begin(parts.boot)
  const claim = createNameClaim({ ...parts, earlierBoots: self.earlierBoots })
  const gathering = createFactGathering(parts)
  let membership: Membership = { joined: false, problem: 'This computer has not announced itself yet.' }
  let beating: Promise<void> | null = null
  let listing: Promise<readonly Announcement[]> | null = null
  let listedAt = Number.NEGATIVE_INFINITY
  let isOver = false
  const subscriptions: Disposable[] = []

  const become = (next: Membership) => {
    const before = membership
    membership = next
    if (before.joined === next.joined) {
      if (!next.joined && !before.joined && before.problem !== next.problem) log.warn(next.problem)
      return
    }
    if (next.joined) log.info('joined the mesh')
    else log.warn(next.problem)
    parts.onMembership(next)
  }

  const announce = async (facts: HeartbeatFacts['facts']) => {
    const heartbeat: HeartbeatFacts = {
      name: parts.self,
      version: VERSION,
      protocol: parts.protocol,
      public_key: Buffer.from(parts.identity.publicKey).toString('base64'),
      instance: self.instance,
      boot: parts.boot,
      previous_boot: self.earlierBoots[0] ?? null,
      machine_boot: parts.machineBoot,
      at: clock.now(),
      facts,
    }
    const problem = await claim.announce(sealHeartbeat(heartbeat, parts.secrets.all()), heartbeat)
    if (!isOver) become(problem === null ? { joined: true } : { joined: false, problem })
  }

  const list = (): Promise<readonly Announcement[]> => {
    listing ??= presence
      .list(peers.list().map(({ name }) => name))
      .then(announcements => {
        peers.noticed(announcements)
        listedAt = clock.monotonic()
        return announcements
      })
      .finally(() => {
        listing = null
      })
    return listing
  }

  const forget = async (announcements: readonly Announcement[]) => {
    const before = clock.now() - parts.forgetAfterMs
    // Nobody is seen later than now, but by a clock that is out of bounds: it is listed again when it announces itself.
    const after = clock.now() + MAX_SKEW_MS
    const abandoned = announcements.filter(
      ({ computer, heartbeat, lastSeen }) =>
        !heartbeat && (lastSeen < before || lastSeen > after) && !peers.find(computer),
    )
    const names = new Set([...peers.sweep(), ...abandoned.map(({ computer }) => computer)])
    for (const name of [...names].slice(0, FORGET_AT_ONCE)) await presence.forget(name)
  }

  const run = async (facts: () => Promise<HeartbeatFacts['facts']>) => {
    try {
      if (!transport.state.up) return waitFor(transport.state.problem)
      await announce({ ...(await facts()) })
      await forget(await list())
    } catch (error) {
      waitFor(messageOf(error))
      log.debug({ err: error }, 'a beat of the mesh failed; it is tried again')
    }
  }

  /** A name that this computer has stays its own while the carrier is away. */
  const waitFor = (problem: string) => {
    if (!membership.joined && !isOver) become({ joined: false, problem })
  }

  const beat = (facts = gathering.gather): Promise<void> => {
    if (isOver) return Promise.resolve()
    beating ??= run(facts).finally(() => {
      beating = null
    })
    return beating
  }

  /** What was gathered before the carrier went away is good enough, so that nobody has to wait for plugins. */
  const beatAtReturn = async () => {
    peers.carrierReturned()
    await beating
    await beat(async () => gathering.newest ?? (await gathering.gather()))
  }

  const withdraw = async () => {
    await beating
    if (transport.state.up) await claim.withdraw()
  }

  return {
    get membership() {
      return membership
    },
    beat: () => beat(),
    async refresh(maxAgeMs) {
      if (isOver || !transport.state.up || clock.monotonic() - listedAt <= maxAgeMs) return
      await list().catch(err => log.debug({ err }, 'the other computers could not be listed'))
    },
    start() {
      subscriptions.push(
        transport.onState(state => (state.up ? void beatAtReturn() : waitFor(state.problem))),
        createRounds({ clock, log }, presence.intervalMs, () => beat()),
      )
      void beat()
    },
    async stop() {
      if (isOver) return
      isOver = true
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
      become({ joined: false, problem: 'This daemon is closing.' })
      const late = () => new Error('the carrier does not answer')
      await withDeadline(clock, withdraw(), STOP_MS, late).catch(err =>
        log.debug({ err }, 'the announcement of this computer could not be taken back; it expires'),
      )
    },
  }
}
