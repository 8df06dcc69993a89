import { BoundedMap } from '../bounded-map.ts'
import type { Outlets } from './outlets.ts'
import type { Peer } from './peer.ts'
import { MAX_PEERS } from './peer-listing.ts'
import { mayRead } from './reading-right.ts'

/** What a change of a peer means for what it reads here, and for the sessions that one has on the other. */
export function createPeerWatch(
  outlets: Pick<Outlets, 'expel'>,
  catchUp: (computer: string) => void,
): (peer: Peer) => void {
  const boots = new BoundedMap<string, string>(MAX_PEERS)
  return peer => {
    const { name, status, heartbeat } = peer
    if (!mayRead(peer)) outlets.expel(name)
    if (status !== 'online' || !heartbeat) {
      boots.delete(name)
      return
    }
    if (boots.get(name) === heartbeat.boot) return
    boots.set(name, heartbeat.boot)
    catchUp(name)
  }
}
