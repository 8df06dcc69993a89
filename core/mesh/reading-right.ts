import { TeleclaudeError } from '../errors.ts'
import { hasScope } from '../principal.ts'
import type { Outlets } from './outlets.ts'
import type { Peer } from './peer.ts'
import type { Peers } from './peers.ts'

/** Whether a computer may read what sessions here print. */
export function mayRead({ status, allow }: Peer): boolean {
  return status !== 'revoked' && status !== 'refused' && hasScope({ scopes: allow }, 'sessions:read')
}

/**
 * The outlets for those who may read at the moment at which they subscribe or renew: what they may do can have changed
 * while their page was being read.
 */
export function onlyForReaders(
  outlets: Pick<Outlets, 'subscribe' | 'renew' | 'release'>,
  peers: Pick<Peers, 'find'>,
): Pick<Outlets, 'subscribe' | 'renew' | 'release'> {
  const isReader = (computer: string) => {
    const peer = peers.find(computer)
    return peer !== undefined && mayRead(peer)
  }
  return {
    subscribe(session, computer, afterSeq, fresh) {
      if (isReader(computer)) return outlets.subscribe(session, computer, afterSeq, fresh)
      throw new TeleclaudeError(
        'TC_ERR_FORBIDDEN',
        "session.watch needs the scope 'sessions:read', which this peer does not have any more.",
      )
    },
    renew(computer, sessions) {
      if (isReader(computer)) outlets.renew(computer, sessions)
    },
    release: outlets.release,
  }
}
