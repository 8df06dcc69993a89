import type { Clock } from '../clock.ts'
import type { HookPoints } from '../host/hook-points.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../log.ts'
import type { OperationBus } from '../operations/bus.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { Presence, Transport } from '../transport.ts'
import type { MeshIdentity } from './identity.ts'
import type { MeshSecrets } from './mesh-secrets.ts'
import type { MeshStore } from './mesh-store.ts'
import type { ProtocolRange } from './messages.ts'
import type { KnownPeers } from './peers.ts'
import type { MeshTail } from './tail.ts'

/** What the mesh is made of while a transport carries it. */
export interface MeshConnectionParts {
  /** The name of this computer. */
  readonly self: string
  /** Of this run of the daemon. */
  readonly boot: string
  readonly machineBoot: string
  /** When this run began, by the wall clock. */
  readonly since: number
  readonly identity: MeshIdentity
  readonly secrets: MeshSecrets
  readonly peers: KnownPeers
  readonly forgetAfterMs: number
  readonly transport: Transport
  readonly tail: MeshTail
  readonly presence: Presence
  readonly protocol: ProtocolRange
  readonly store: Store
  readonly meshStore: MeshStore
  readonly journal: Journal
  readonly sessions: Sessions
  readonly bus: Pick<OperationBus, 'serve' | 'get' | 'noteRefused'>
  readonly hookPoints: HookPoints
  readonly clock: Clock
  readonly log: Logger
}
