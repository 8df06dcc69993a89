import { isLive } from '../sessions/session.ts'
import type { Correspondence } from './correspondence.ts'
import type { MeshAsking } from './mesh-asking.ts'
import type { MeshConnectionParts } from './mesh-parts.ts'
import type { MeshServing } from './mesh-serving.ts'
import { createPeerWatch } from './peer-watch.ts'
import { namesOnline } from './peers.ts'
import { createReconciling } from './reconciling.ts'
import { createSessionNews } from './session-news.ts'
import { createSessionNotices } from './session-notices.ts'

export interface MeshNewsParts {
  readonly mail: Correspondence
  readonly asking: MeshAsking
  readonly serving: Pick<MeshServing, 'outlets'>
}

/**
 * Tells other computers of their sessions here, and has everything go on that waits for a computer or the carrier when
 * that is back, until it is disposed of.
 */
export function createMeshNews(
  parts: MeshConnectionParts,
  { mail, asking, serving }: MeshNewsParts,
): Disposable {
  const { self, since, peers, transport, clock, log, journal } = parts
  const { outgoing, watches, sessions } = asking
  const { outlets } = serving
  const news = createSessionNews({ self, since, clock, sessions: parts.sessions, tell: mail.tell })
  const reconciling = createReconciling({
    ...{ clock, log },
    ask: sessions.reconcile,
    isOnline: name => peers.find(name)?.status === 'online',
  })
  // What happened to a session while either computer or the carrier was away was told to nobody.
  const catchUp = (name: string): void => {
    news.tellAll(name)
    sessions.returned(name)
    if (sessions.list().some(({ computer, state }) => computer === name && isLive(state)))
      reconciling.begin(name)
  }
  const resume = (): void => {
    outgoing.resend()
    outlets.resume()
    watches.resume()
    for (const name of namesOnline(peers)) catchUp(name)
  }
  const returned = (name: string): void => {
    catchUp(name)
    watches.ownerReturned(name)
  }
  const listening = [
    news,
    reconciling,
    createSessionNotices({ self, sessions: parts.sessions, journal, tell: mail.tellNotice }),
    transport.onState(({ up }) => up && resume()),
    peers.onChange(createPeerWatch(outlets, returned)),
  ]
  return {
    [Symbol.dispose]() {
      for (const listener of listening) listener[Symbol.dispose]()
    },
  }
}
