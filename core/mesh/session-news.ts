import type { Clock, Timer } from '../clock.ts'
import type { SessionId } from '../ids.ts'
import { isLive, type Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { inBrief } from './session-record.ts'

export interface SessionNewsParts {
  /** The name of this computer. */
  readonly self: string
  readonly sessions: Pick<Sessions, 'onChange'>
  tell(computer: string, session: Session): void
  readonly clock: Clock
}

/** A session that runs many short commands is told of so often; people and agents notice no less. */
const GATHER_MS = 100

/**
 * Tells the computers that sessions here were started from how those are: at once when one is ready, so that its
 * origin knows it before it has the answer to its request, and when it has ended; of other changes the latest.
 * Disposing tells what has not been told yet.
 */
export function createSessionNews({ self, sessions, tell, clock }: SessionNewsParts): Disposable {
  /** Not ready yet: whether there is anything to tell is not known. */
  const starting = new Set<SessionId>()
  const changed = new Map<SessionId, { session: Session; readonly timer: Timer }>()

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
    [Symbol.dispose]() {
      listening[Symbol.dispose]()
      for (const { session } of [...changed.values()]) tellNow(session)
    },
  }
}
