import type { Clock } from '../clock.ts'
import type { EnvelopeHeader } from './envelope.ts'
import { ANSWER_MS, MAX_SKEW_MS } from './messages.ts'
import type { RefusalMark } from './refusal-mark.ts'

/**
 * Which requests may have been refused because they could not be written down. What was refused is never done later:
 * who asked was told that it was not, and the request may still come again, also out of the hand of somebody else.
 */
export interface Refusals {
  /**
   * Whether a request may be one that was refused. Not each is remembered, only up to which time each computer asked
   * them: what it asked until then and was not taken in, is refused too.
   */
  mayInclude(header: Asked): boolean
  /** To be called before who asked is told. False if nobody may be told: the next daemon would know nothing of it. */
  note(header: Asked): boolean
  /** Forgets what can no longer come again. */
  sweep(): void
}

type Asked = Pick<EnvelopeHeader, 'from' | 'notAfter'>

interface Refused {
  /** The latest end of validity among them. */
  readonly upTo: number
  /** When the last of them came, by the clock that never goes back. */
  readonly at: number
}

/** No request can be valid for longer than this from when it came, wherever the clocks were set meanwhile. */
const VALID_MS = ANSWER_MS + 2 * MAX_SKEW_MS

export function createRefusals(clock: Clock, mark: RefusalMark): Refusals {
  // Of computers whose key is pinned, and those are a bounded number.
  const refused = new Map<string, Refused>()
  return {
    mayInclude: ({ from, notAfter }) => notAfter <= (refused.get(from)?.upTo ?? Number.NEGATIVE_INFINITY),
    note({ from, notAfter }) {
      if (!mark.remove()) return false
      const upTo = Math.max(notAfter, refused.get(from)?.upTo ?? notAfter)
      refused.set(from, { upTo, at: clock.monotonic() })
      return true
    },
    sweep() {
      const [now, monotonic] = [clock.now(), clock.monotonic()]
      for (const [from, { upTo, at }] of refused)
        if (upTo < now - 2 * MAX_SKEW_MS && monotonic - at > VALID_MS) refused.delete(from)
      if (refused.size === 0) mark.set()
    },
  }
}
