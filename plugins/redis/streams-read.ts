import { type Clock, type EntrySink, messageOf, type SealedEntry } from '../../core/index.ts'
import type { Source } from './reader-lane.ts'
import type { StreamEntry } from './reader-replies.ts'
import type { TransportCounts } from './transport-counts.ts'
import type { TransportLog } from './transport-log.ts'

/** How long a stream is left alone under whose key something else was found: only its owner removes it. */
const FOREIGN_PAUSE_MS = 5000

export interface StreamSourceParts {
  readonly key: string
  readonly afterSeq: number
  readonly sink: EntrySink
  readonly clock: Clock
  readonly log: TransportLog
  readonly counts: TransportCounts
}

/** The stream of another computer's session, as it is read for `sink`. */
export function createStreamSource({ key, afterSeq, sink, clock, log, counts }: StreamSourceParts): Source {
  let after = `${afterSeq}-0`
  let pausedUntil = 0
  return {
    key,
    isMail: false,
    isWatched: true,
    get after() {
      return clock.monotonic() < pausedUntil ? null : after
    },
    reconnected: () => sink.interrupted(),
    take(entries) {
      after = entries.at(-1)?.id ?? after
      counts.entries_read += entries.length
      try {
        sink.entries(entries.map(sealedEntryOf))
      } catch (thrown) {
        // It must not keep the others from what was read for them.
        log.often('sink', `what was read of '${key}' was not taken: ${messageOf(thrown)}`)
      }
    },
    async replaceForeign() {
      pausedUntil = clock.monotonic() + FOREIGN_PAUSE_MS
      sink.interrupted()
    },
  }
}

/** What nobody who keeps to the ids `<seq>-0` and the field `m` has written is no sealed entry of anyone. */
function sealedEntryOf({ id, bytes }: StreamEntry): SealedEntry {
  const [milliseconds = '0', number] = id.split('-')
  const seq = Number(milliseconds)
  const isGenuine = number === '0' && Number.isSafeInteger(seq)
  return {
    seq: Math.min(seq, Number.MAX_SAFE_INTEGER),
    bytes: isGenuine && bytes ? bytes : new Uint8Array(),
  }
}
