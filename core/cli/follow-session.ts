import { sleep } from '../clock.ts'
import { isTeleclaudeError, TeleclaudeError } from '../errors.ts'
import { type Entry, entryFromWire, type StateChange } from '../journal/entry.ts'
import type { WatchItem } from '../operations/session-watch.ts'
import type { Cli } from './context.ts'

/** How a session ended, as far as its journal tells. */
export type Ending = Pick<StateChange, 'state' | 'exitCode' | 'signal' | 'reason'>

export interface FollowRequest {
  readonly sessionId: string
  readonly since: string
  /** Begin with so much of the newest output, instead of at `since`. */
  readonly lastBytes?: number
  readonly signal: AbortSignal
  onEntries(entries: readonly Entry[]): Promise<void>
  /** The daemon went away, and is waited for. */
  onAway?(): void
}

/** A daemon that restarts is back within seconds, with the sessions and their output. */
const DAEMON_AWAY_MS = 30_000
const RETRY_MS = 200
/** What a daemon says of a session elsewhere while it is back and has not found the other computers yet. */
const NOT_YET = new Set(['TC_ERR_TRANSPORT', 'TC_ERR_COMPUTER_OFFLINE', 'TC_ERR_SESSION_NOT_FOUND'])

/** Hands on a session's entries until it ends; settles with how it did. Goes on where it was after the daemon was away. */
export async function followSession(
  request: FollowRequest,
  cli: Pick<Cli, 'daemon' | 'clock'>,
): Promise<Ending | null> {
  const { sessionId, signal, lastBytes } = request
  let from: { since: string } | { last_bytes: number } =
    lastBytes === undefined ? { since: request.since } : { last_bytes: lastBytes }
  let ending: Ending | null = null
  let awaySince: number | null = null
  const onItem = async (item: unknown) => {
    // `session.watch` emits nothing else.
    const { entries: wire, cursor: next } = item as WatchItem
    const entries = wire.map(entryFromWire)
    for (const entry of entries) ending = endingIn(entry) ?? ending
    await request.onEntries(entries)
    from = { since: next }
    awaySince = null
  }
  for (;;) {
    try {
      await cli.daemon.call('session.watch', { session_id: sessionId, ...from }, { signal, onItem })
      return ending
    } catch (error) {
      if (!isTeleclaudeError(error)) throw error
      const now = cli.clock.monotonic()
      const isAway = error.code === 'TC_ERR_NOT_RUNNING'
      if (!isAway && !(awaySince !== null && NOT_YET.has(error.code))) throw error
      // Not retryable: it was there, and went. Retryable: nobody is there.
      if (isAway && !error.retryable) {
        awaySince = now
        request.onAway?.()
      }
      if (awaySince === null || now - awaySince > DAEMON_AWAY_MS) throw error
      await sleep(cli.clock, RETRY_MS, signal)
      if (signal.aborted) throw new TeleclaudeError('TC_ERR_CANCELLED', 'interrupted')
    }
  }
}

function endingIn(entry: Entry): Ending | null {
  return entry.kind === 'state' && (entry.state === 'closed' || entry.state === 'failed') ? entry : null
}
