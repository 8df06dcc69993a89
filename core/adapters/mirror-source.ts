import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { type ErrorCode, isTeleclaudeError, messageOf } from '../errors.ts'
import type { Epoch, SessionId } from '../ids.ts'
import { formatCursor, type Position, parseCursor, START } from '../journal/cursor.ts'
import { entryFromWire } from '../journal/entry.ts'
import { createPatience } from '../mesh/patience.ts'
import type { WatchEnd } from '../operations/follow.ts'
import type { WatchItem } from '../operations/session-watch.ts'
import { isLive, type Session, type SessionState } from '../sessions/session.ts'
import { backoffMs, jittered } from './backoff.ts'
import type { ChannelStore } from './channel-store.ts'
import { type BufferLimits, createEntryBuffer } from './entry-buffer.ts'
import type { PumpSource } from './pump-source.ts'
import type { RemoteEntries } from './remote-entries.ts'

/** The source of a session on another computer. */
export interface MirrorSource extends PumpSource {
  /** Its owner can be reached again. */
  retry(): void
}

export interface MirrorSourceParts {
  readonly session: SessionId
  /** Of the adapter. */
  readonly type: string
  readonly remote: Pick<RemoteEntries, 'follow'>
  readonly channels: ChannelStore
  readonly limits: BufferLimits
  readonly clock: Clock
  readonly log: Logger
  find(): Session | undefined
  /** There may be more to send, or to close. */
  readonly onMore: () => void
  readonly onClosed: () => void
}

/** What only time, or somebody at one of the two computers, changes; most of it is told here when it has. */
const AWAY: readonly ErrorCode[] = [
  'TC_ERR_COMPUTER_OFFLINE',
  'TC_ERR_COMPUTER_UNKNOWN',
  'TC_ERR_PEER_REFUSED',
  'TC_ERR_FORBIDDEN',
  'TC_ERR_PROTOCOL',
]
/** Whoever lets this computer read again tells nobody, and expects to see it within minutes. */
const AWAY_MS = 300_000

/**
 * Watches a session at its owner, from where the far side is, and reads no further ahead than the buffer holds. A watch
 * that has begun outlives what happens between the computers; one that could not begin is tried again: soon, or where
 * its owner is away or refuses it, when that returns, and every few minutes.
 */
export function createMirrorSource(parts: MirrorSourceParts): MirrorSource {
  const { session: id, type, channels, clock, find, onMore } = parts
  const log = parts.log.child({ session: id, adapter: type })
  const buffer = createEntryBuffer(parts.limits)
  const patience = createPatience(clock)
  const closing = new AbortController()
  const saved = channels.load(id, type)
  let sent: Position = { epoch: saved.epoch, seq: saved.seq }
  let taken = sent
  let nextEpoch: Epoch | null = null
  let hasEnded = false
  let returns = 0
  let failures = 0
  let isAway = false
  let problem: string | null = null

  const take = (item: WatchItem): Promise<void> => {
    const { epoch, seq } = parseCursor(item.cursor)
    if (closing.signal.aborted || epoch === null) return Promise.resolve()
    failures = 0
    taken = { epoch, seq }
    const room = buffer.put(epoch, item.entries.map(entryFromWire))
    onMore()
    return room
  }
  const watch = async (session: Session): Promise<void> => {
    hasEnded = false
    isAway = false
    problem = null
    try {
      hasEnded = isAtEnd(await parts.remote.follow(session, cursorOf(taken), closing.signal, take))
    } catch (error) {
      if (closing.signal.aborted) return
      problem = messageOf(error)
      isAway = AWAY.some(code => isTeleclaudeError(error, code))
      // What its owner does not know any more brings nothing any more; the owner's news of it says the rest.
      hasEnded = isTeleclaudeError(error, 'TC_ERR_SESSION_NOT_FOUND')
      log.debug({ err: error }, 'a session elsewhere could not be watched; trying again')
    }
  }
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const session = find()
      const before = returns
      if (session && !(hasEnded && !isLive(session.state))) await watch(session)
      if (closing.signal.aborted) return
      onMore()
      // It may have returned while it was being asked.
      const waits = isAway && returns === before
      await patience.pause(waits ? jittered(AWAY_MS) : backoffMs(++failures), closing.signal)
    }
  }
  void run()
  return {
    get sentSeq() {
      return sent.seq
    },
    get problem() {
      return problem
    },
    get behind() {
      return buffer.size
    },
    isOver: ({ state }) => hasEnded && !isLive(state),
    next(limit) {
      const next = buffer.next(limit)
      nextEpoch = next.epoch
      return next
    },
    sent(toSeq) {
      sent = { epoch: nextEpoch, seq: toSeq }
      buffer.drop(toSeq)
      channels.saveSeq(id, type, toSeq, nextEpoch)
    },
    retry() {
      returns += 1
      failures = 0
      patience.resume()
    },
    close() {
      closing.abort('closed')
      buffer.close()
      parts.onClosed()
    },
  }
}

/** A watch that was not told to end ends with its session. */
function isAtEnd({ at_end, state }: WatchEnd): boolean {
  // A state that this version does not know is not one of the two that are compared.
  return at_end && !isLive(state as SessionState)
}

function cursorOf({ epoch, seq }: Position) {
  return epoch === null ? START : formatCursor(epoch, seq)
}
