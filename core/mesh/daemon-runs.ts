import { BoundedMap } from '../bounded-map.ts'
import type { Clock } from '../clock.ts'
import type { EnvelopeHeader } from './envelope.ts'
import { MAX_SKEW_MS } from './messages.ts'
import { MAX_PEERS } from './peer-listing.ts'

export interface DaemonRunsParts {
  readonly clock: Pick<Clock, 'now'>
  /** A computer has another daemon than before. */
  readonly onReturn: (computer: string) => void
}

/**
 * Sees from the mail of other computers that one has another daemon now, sooner than by its heartbeat. To be given
 * whatever was taken in. Mail of an earlier run may still come, or be put back by somebody: it tells nothing. Nor does
 * mail from the future, after which all that follows would seem old.
 */
export function createDaemonRuns({
  clock,
  onReturn,
}: DaemonRunsParts): (header: Pick<EnvelopeHeader, 'from' | 'boot' | 'at'>) => void {
  const newest = new BoundedMap<string, { readonly boot: string; readonly at: number }>(MAX_PEERS)
  return ({ from, boot, at }) => {
    const latest = clock.now() + MAX_SKEW_MS
    if (at > latest) return
    const known = newest.get(from)
    // The clock here may have been set back meanwhile.
    if (known && at < known.at && known.at <= latest) return
    newest.set(from, { boot, at })
    if (known && known.boot !== boot) onReturn(from)
  }
}
