import { defineService } from '../host/service.ts'
import type { Session } from '../sessions/session.ts'
import type { Membership } from './heart.ts'
import type { Peer } from './peer.ts'

/** The other computers. Provided by core. */
export interface Mesh {
  /** Whether the configuration has a secret, without which no transport may start. */
  readonly hasSecret: boolean
  readonly membership: Membership
  /** This computer's own fingerprint; null without a secret. */
  readonly fingerprint: string | null
  /** By name. */
  peers(): readonly Peer[]
  /** Looks who is there, unless that was done within `maxAgeMs`. Never rejects, and takes two seconds at most. */
  refresh(maxAgeMs: number): Promise<void>
  onPeer(listener: (peer: Peer) => void): Disposable
  /** Sessions on other computers that were started from here. */
  sessions(): readonly Session[]
}

/** The service key of {@link Mesh}. */
export const MeshService = defineService<Mesh>('mesh')
