import type { Clock } from '../clock.ts'
import { randomId } from '../ids.ts'
import { type Entry, entryToWire } from '../journal/entry.ts'
import type { Logger } from '../log.ts'
import { hasScope } from '../principal.ts'
import type { Session } from '../sessions/session.ts'
import type { Transport } from '../transport.ts'
import type { EnvelopeKind, Envelopes } from './envelope.ts'
import type { EventBody, WatchedBody } from './messages.ts'
import type { Peers } from './peers.ts'

/** What computers tell each other without expecting an answer. An origin that may not read sessions here is told nothing of them. */
export interface Correspondence {
  /** Tells an origin how its session is. It asks by itself once it is back, so one that is offline need not be told. */
  tell(computer: string, session: Session): void
  /** Tells an origin of a notice in its session. */
  tellNotice(computer: string, session: string, notice: Entry): void
  /** Goes on watching sessions, or stops. */
  notify(computer: string, kind: 'renew' | 'release', body: WatchedBody): void
}

/** How long a message without an answer counts, in milliseconds. */
const LIFE_MS = 60_000

export function createCorrespondence(parts: {
  readonly peers: Peers
  readonly envelopes: Envelopes
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Logger
}): Correspondence {
  const { peers, envelopes, transport, clock, log } = parts

  const send = async (computer: string, kind: EnvelopeKind, body: unknown): Promise<void> => {
    try {
      const to = peers.correspondent(computer)
      const at = clock.now()
      await transport.send(
        computer,
        envelopes.seal(to, { v: to.v, kind, id: randomId(16), body, at, notAfter: at + LIFE_MS }),
      )
    } catch (err) {
      log.debug({ err, computer, kind }, 'a computer could not be told')
    }
  }
  const tell = (computer: string, event: EventBody): void => {
    if (hasScope({ scopes: peers.find(computer)?.allow ?? [] }, 'sessions:read'))
      void send(computer, 'event', event)
  }
  return {
    tell: (computer, session) => tell(computer, { type: 'session', session }),
    tellNotice: (computer, session_id, notice) =>
      tell(computer, { type: 'notice', session_id, entry: entryToWire(notice) }),
    notify: (computer, kind, body) => void send(computer, kind, body),
  }
}
