import type { Correspondence } from './correspondence.ts'
import type { Envelopes } from './envelope.ts'
import type { Heart } from './heart.ts'
import type { MeshConnectionParts } from './mesh-parts.ts'
import { createOutgoingRequests, type OutgoingRequests } from './outgoing-requests.ts'
import { namesOnline } from './peers.ts'
import type { Remote } from './remote.ts'
import { createRemoteRequests } from './remote-requests.ts'
import { createRemoteSessions, type RemoteSessions } from './remote-sessions.ts'
import { createRemoteWatches, type RemoteWatches } from './remote-watch.ts'

/** The parts by which this computer asks others, and knows of its sessions there. */
export interface MeshAsking {
  readonly outgoing: OutgoingRequests
  readonly watches: RemoteWatches
  readonly remote: Remote
  readonly sessions: RemoteSessions
}

export interface MeshAskingParts {
  readonly envelopes: Envelopes
  readonly notify: Correspondence['notify']
  /** Made later than this, since it has what comes from others taken in. */
  readonly heart: () => Heart
  /** Settles when this computer has joined first, or had its time to. */
  readonly firstJoin: Promise<void>
}

/** @throws TC_ERR_STORE */
export function createMeshAsking(
  parts: MeshConnectionParts,
  { envelopes, notify, heart, firstJoin }: MeshAskingParts,
): MeshAsking {
  const { self, peers, transport, clock, log, store, hookPoints } = parts
  const refresh = (maxAgeMs: number) => heart().refresh(maxAgeMs)
  const outgoing = createOutgoingRequests({ clock, log, transport, envelopes, peers, refresh })
  const { request } = outgoing
  const watches = createRemoteWatches({ request, notify, transport, clock, log })
  const { remote, ask } = createRemoteRequests({
    ...{ request, watches, firstJoin },
    sessions: () => sessions,
    membership: () => heart().membership,
  })
  const sessions = createRemoteSessions({
    ...{ self, store, clock, log, ask, hookPoints },
    online: () => namesOnline(peers),
  })
  return { outgoing, watches, remote, sessions }
}
