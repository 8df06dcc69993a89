import type { Clock } from '../clock.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { messageOf, TeleclaudeError } from '../errors.ts'
import type { HookPoints } from '../host/hook-points.ts'
import type { Services } from '../host/service.ts'
import { randomId } from '../ids.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../log.ts'
import type { OperationBus } from '../operations/bus.ts'
import { writePrivateFile } from '../private-file.ts'
import type { Releases } from '../releases.ts'
import type { KeepTimes } from '../sessions/create-sessions.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { StateDir } from '../state-dir.ts'
import { bootId } from '../store/boot-id.ts'
import type { Store } from '../store/store.ts'
import { type CarrierState, PresenceService, TransportService } from '../transport.ts'
import { connectMesh, type MeshConnection } from './connect-mesh.ts'
import { createMeshStore } from './create-mesh-store.ts'
import type { Membership } from './heart.ts'
import { createMeshIdentity } from './identity.ts'
import type { Mesh } from './mesh.ts'
import type { MeshRotation } from './mesh-operations.ts'
import { newMeshSecret } from './mesh-secret.ts'
import { createMeshSecrets, type MeshSecrets } from './mesh-secrets.ts'
import type { ProtocolRange } from './messages.ts'
import { createPeers, type Peers } from './peers.ts'
import { createAlone, type Remote } from './remote.ts'
import type { RemoteSessions } from './remote-sessions.ts'
import { createMeshTail, type MeshTail } from './tail.ts'

export interface MeshParts {
  readonly loaded: LoadedConfig
  readonly stateDir: StateDir
  readonly store: Store
  readonly journal: Journal
  readonly hookPoints: HookPoints
  readonly services: Services
  readonly clock: Clock
  readonly log: Logger
  /** The versions of the protocol to speak. */
  readonly protocol: ProtocolRange
}

/** The mesh as the daemon has it. */
export interface DaemonMesh extends Mesh {
  readonly remote: Remote
  /** Null without a secret. */
  readonly peersService: Peers | null
  readonly rotation: MeshRotation | null
  readonly tail: MeshTail | null
  /** Joins the others, if a plugin carries messages to them. To be called when everything stands. */
  start(parts: { readonly sessions: Sessions; readonly bus: OperationBus }, releases: Releases): void
  /** Whether {@link start} has found a plugin that carries messages; heartbeats are then the mesh's. */
  readonly isConnected: boolean
  /** The sessions on other computers that were started from here; null until {@link start} has found what carries messages. */
  readonly remoteSessions: RemoteSessions | null
  sweep(keep: KeepTimes): void
  status(): MeshStatus | null
}

/** How the mesh is doing, for `status`. */
export interface MeshStatus {
  readonly joined: boolean
  readonly problem: string | null
  readonly fingerprint: string
  readonly peers: { readonly online: number; readonly known: number }
  readonly counts: Readonly<Record<string, number>>
}

const DAY_MS = 86_400_000

export function createMesh(parts: MeshParts): DaemonMesh {
  const { mesh, computer } = parts.loaded.config
  return mesh.secret === undefined ? withoutSecret(computer.name) : withSecret(parts, mesh.secret)
}

function withoutSecret(self: string): DaemonMesh {
  return {
    hasSecret: false,
    membership: { joined: false, problem: 'no mesh secret is configured' },
    fingerprint: null,
    peers: () => [],
    refresh: async () => {},
    onPeer: () => ({ [Symbol.dispose]() {} }),
    sessions: () => [],
    remote: createAlone(self),
    peersService: null,
    rotation: null,
    tail: null,
    start() {},
    isConnected: false,
    remoteSessions: null,
    sweep() {},
    status: () => null,
  }
}

function withSecret(parts: MeshParts, secret: string): DaemonMesh {
  const { loaded, stateDir, store, services, clock, log, protocol } = parts
  const { computer, mesh } = loaded.config
  const self = computer.name
  const identity = createMeshIdentity(stateDir.identityKey())
  const meshStore = createMeshStore(store)
  const secrets = createMeshSecrets({ current: secret, store: meshStore, clock })
  const forgetAfterMs = mesh.forgetAfterDays * DAY_MS
  const peers = createPeers({
    ...{ self, store: meshStore, secrets, protocol, forgetAfterMs, clock, log },
    newPeersAllow: mesh.newPeers.allow,
    ttlMs: () => services.find(PresenceService)?.ttlMs ?? 0,
  })
  const tail = createMeshTail({ clock, secrets: loaded.secrets.revealed })
  const alone = createAlone(self)
  const since = clock.now()
  let connection: MeshConnection | null = null

  return {
    hasSecret: true,
    get membership() {
      return (
        connection?.heart.membership ?? {
          joined: false,
          problem: 'no plugin connects this computer to others',
        }
      )
    },
    fingerprint: identity.fingerprint,
    peers: () => (connection ? peers.list() : []),
    refresh: maxAgeMs => connection?.heart.refresh(maxAgeMs) ?? Promise.resolve(),
    onPeer: listener => peers.onChange(listener),
    sessions: () => connection?.sessions.list() ?? [],
    get remote() {
      return connection?.remote ?? alone
    },
    peersService: peers,
    tail,
    rotation: createRotation(loaded.meshSecretFile, secrets, clock, () => connection?.heart.beat()),
    start({ sessions, bus }, releases) {
      const transport = services.find(TransportService)
      const presence = services.find(PresenceService)
      if (!transport || !presence) return
      connection = connectMesh(
        {
          ...{ ...parts, self, identity, secrets, peers, meshStore, forgetAfterMs },
          ...{ transport, presence, sessions, bus, tail },
          boot: randomId(16),
          machineBoot: bootId(clock),
          since,
        },
        releases,
      )
      connection.start()
    },
    get isConnected() {
      return connection !== null
    },
    get remoteSessions() {
      return connection?.sessions ?? null
    },
    sweep: keep => connection?.sweep(keep),
    status() {
      if (!connection) return null
      const { membership } = connection.heart
      const known = peers.list()
      return {
        joined: membership.joined,
        problem: problemOf(membership, services.find(TransportService)?.state, peers),
        fingerprint: identity.fingerprint,
        peers: { online: known.filter(peer => peer.status === 'online').length, known: known.length },
        counts: connection.counts(),
      }
    },
  }
}

/** A computer that has joined keeps its name while the carrier is away, and reaches nobody. */
function problemOf(membership: Membership, carrier: CarrierState | undefined, peers: Peers): string | null {
  if (!membership.joined) return membership.problem
  return carrier?.up === false ? carrier.problem : lonely(peers)
}

/** Why nobody is seen where others are: they announce themselves under another secret. */
function lonely(peers: Peers): string | null {
  const { strangers } = peers
  if (strangers === 0 || peers.list().some(peer => peer.status === 'online')) return null
  const they = strangers === 1 ? '1 computer uses' : `${strangers} computers use`
  return `${they} another mesh secret here, and cannot be seen. If they are yours, give all the same one: teleclaude mesh rotate --join`
}

function createRotation(
  file: string | null,
  secrets: MeshSecrets,
  clock: Clock,
  beat: () => Promise<void> | undefined,
): MeshRotation {
  return {
    rotate(secret = newMeshSecret(), graceMs) {
      if (file === null) {
        throw new TeleclaudeError(
          'TC_ERR_SECRET',
          'the configuration does not take mesh.secret from a file, so it cannot be changed here. Change it where it comes from, and restart the daemon; or use file(…).',
        )
      }
      secrets.rotate(secret, graceMs, () => writeSecret(file, secret))
      void beat()
      return { file, oldUntil: clock.now() + graceMs }
    },
  }
}

function writeSecret(file: string, secret: string): void {
  try {
    writePrivateFile(file, `${secret}\n`)
  } catch (cause) {
    const message = `cannot write ${file}: ${messageOf(cause)}. Nothing was changed.`
    throw new TeleclaudeError('TC_ERR_SECRET', message, { cause })
  }
}
