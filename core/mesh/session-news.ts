import { BoundedMap } from '../bounded-map.ts'
import type { Clock, Timer } from '../clock.ts'
import type { SessionId } from '../ids.ts'
import { isLive, type Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { MAX_PEERS } from './peer-listing.ts'
import { inBrief } from './session-record.ts'

export interface SessionNewsParts {
  /** The name of this computer. */
  readonly self: string
  readonly sessions: Pick<Sessions, 'onChange' | 'list'>
  /** When this daemon began, by the wall clock: what has ended before, the one before it has told. */
  readonly since: number
  tell(computer: string, session: Session): void
  readonly clock: Clock
}

/** Tells origins of their sessions. Disposing tells what has not been told yet. */
export interface SessionNews extends Disposable {
  /** Tells a computer how its sessions are that run here; when it is seen first, also of those that ended since this daemon began. */
  tellAll(computer: string): void
}

/** A session that runs many short commands is told of so often; people and agents notice no less. */
const GATHER_MS = 100
/** More than end before a computer is seen first, unless it was away for long. */
const MOST_ENDED = 200

/**
 * Tells the computers that sessions here were started from how those are: at once when one is ready, so that its
 * origin knows it before it has the answer to its request, and when it has ended; of other changes the latest.
 */
export function createSessionNews({ self, sessions, since, tell, clock }: SessionNewsParts): SessionNews {
  /** Not ready yet: whether there is anything to tell is not known. */
  const starting = new Set<SessionId>()
  const changed = new Map<SessionId, { session: Session; readonly timer: Timer }>()
  /** The computers that were told of everything. */
  const met = new BoundedMap<string, true>(MAX_PEERS)

  const tellNow = (session: Session): void => {
    changed.get(session.id)?.timer.cancel()
    changed.delete(session.id)
    tell(session.origin, inBrief(session))
  }
  const tellLater = (session: Session): void => {
    const waiting = changed.get(session.id)
    if (waiting) waiting.session = session
    else {
      const timer = clock.setTimeout(() => tellNow(changed.get(session.id)?.session ?? session), GATHER_MS)
      changed.set(session.id, { session, timer })
    }
  }
  const listening = sessions.onChange((session, change) => {
    if (session.origin === self) return
    const { id, state } = session
    if (change === 'removed') {
      // It could not be started, or it has ended long ago, which its origin was told.
      starting.delete(id)
      changed.get(id)?.timer.cancel()
      changed.delete(id)
    } else if (state === 'starting') starting.add(id)
    else if (starting.delete(id) || change === 'created' || !isLive(state)) tellNow(session)
    else tellLater(session)
  })
  return {
    tellAll(computer) {
      const theirs = sessions.list().filter(({ origin }) => origin === computer)
      const running = theirs.filter(({ state }) => isLive(state) && state !== 'starting')
      const ended = theirs.filter(({ closedAt }) => !met.has(computer) && (closedAt ?? 0) >= since)
      for (const session of [...running, ...ended.slice(0, MOST_ENDED)]) tellNow(session)
      met.set(computer, true)
    },
    [Symbol.dispose]() {
      listening[Symbol.dispose]()
      for (const { session } of [...changed.values()]) tellNow(session)
    },
  }
}
