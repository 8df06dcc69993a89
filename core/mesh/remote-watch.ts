import type { Clock } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { WatchEnd } from '../operations/follow.ts'
import type { InvokeOptions } from '../operations/operation.ts'
import { sessionWatch } from '../operations/session-watch.ts'
import type { Transport } from '../transport.ts'
import { createFeeds } from './feeds.ts'
import type { WatchedBody } from './messages.ts'
import type { OutgoingRequests } from './outgoing-requests.ts'
import { createPatience } from './patience.ts'
import type { WatchCaller } from './watch-answer.ts'
import { createAskPage } from './watch-ask.ts'
import { Watcher } from './watcher.ts'

export type { WatchCaller } from './watch-answer.ts'

/** Watches sessions of other computers: pages from their owner, and what is live from their streams, without a hole. */
export interface RemoteWatches {
  /**
   * As `session.watch` does here. Once it has begun it outlives losses of the carrier and of the other computer's daemon.
   * @throws whatever the first request throws; later TC_ERR_FORBIDDEN, TC_ERR_SESSION_NOT_FOUND, TC_ERR_PEER_REFUSED,
   * TC_ERR_PROTOCOL, TC_ERR_CANCELLED
   */
  watch(computer: string, input: unknown, caller: WatchCaller, options: InvokeOptions): Promise<WatchEnd>
  /** Subscribes to a session that is about to be watched, so that the watch finds what it needs here. Never rejects. */
  prepare(computer: string, session: string, caller: WatchCaller): void
  /** The carrier has returned. */
  resume(): void
  /** A computer has another daemon now, which writes no stream until it is asked to. */
  ownerReturned(computer: string): void
  close(): void
  /** The sessions that are followed. */
  readonly open: number
}

export interface RemoteWatchParts {
  readonly request: OutgoingRequests['request']
  readonly transport: Transport
  /** Goes on, or stops, reading the streams of a computer's sessions. Must not throw. */
  readonly notify: (computer: string, kind: 'renew' | 'release', body: WatchedBody) => void
  readonly clock: Clock
  readonly log: Logger
}

export function createRemoteWatches(parts: RemoteWatchParts): RemoteWatches {
  const patience = createPatience(parts.clock)
  const ask = createAskPage(parts.request)
  const feeds = createFeeds({ ...parts, patience, ask })
  const closing = new AbortController()

  return {
    async watch(computer, rawInput, caller, { signal, onItem }) {
      const input = sessionWatch.input.parse(rawInput)
      const stop = new AbortController()
      const forget = forward([signal, closing.signal], stop)
      const feed = input.follow ? feeds.open(computer, input.session_id, caller) : null
      const options = { computer, input, caller, feed, ask, patience, signal: stop.signal, onItem }
      const end = await new Watcher(options).run().finally(forget)
      if (closing.signal.aborted && !signal?.aborted) throw closed()
      return end
    },
    prepare: (computer, session, caller) => feeds.open(computer, session, caller).prepare(caller),
    resume() {
      patience.resume()
      feeds.resume()
    },
    ownerReturned: feeds.ownerReturned,
    close() {
      closing.abort('closed')
      feeds.close()
    },
    get open() {
      return feeds.size
    },
  }
}

/** As `AbortSignal.any`, without its bookkeeping. Returns how to stop it. */
function forward(signals: readonly (AbortSignal | undefined)[], to: AbortController): () => void {
  const abort = () => to.abort('over')
  for (const signal of signals) {
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
  }
  return () => {
    for (const signal of signals) signal?.removeEventListener('abort', abort)
  }
}

function closed(): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', 'The watch was ended: the daemon is ending.')
}
