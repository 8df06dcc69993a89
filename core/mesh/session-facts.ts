import type { WireEntry } from '../journal/entry.ts'
import { isLive, type SessionState } from '../sessions/session.ts'

/** What the end of a watch says of its session. */
export interface SessionFacts {
  readonly running: boolean
  readonly state: string
}

/** What is known of a session of which nothing was heard. */
export const UNKNOWN: SessionFacts = { running: true, state: 'ready' }

/** What an entry says of the session, as its owner derives it. */
export function factsAfter(facts: SessionFacts, entry: WireEntry): SessionFacts {
  if (entry.kind === 'mark') return afterMark(facts, entry.mark.type)
  if (entry.kind !== 'state' || entry.state === undefined) return facts
  return { state: entry.state, running: facts.running && !isEnded(entry.state) }
}

export function isEnded(state: string): boolean {
  // A state that this version does not know is not one of the two that are compared.
  return !isLive(state as SessionState)
}

function afterMark(facts: SessionFacts, type: string): SessionFacts {
  const state = type === 'start' ? 'busy' : type === 'end' ? facts.state : 'ready'
  return { running: type === 'start', state: facts.state === 'starting' ? facts.state : state }
}
