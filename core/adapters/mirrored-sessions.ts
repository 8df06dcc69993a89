import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { SessionId } from '../ids.ts'
import { isLive, type Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Adapter } from './adapter.ts'
import type { ChannelStore } from './channel-store.ts'
import type { BufferLimits } from './entry-buffer.ts'
import { createMirrorSource, type MirrorSource } from './mirror-source.ts'
import type { PumpedSessions } from './pumps.ts'
import type { RemoteEntries } from './remote-entries.ts'

/** The sessions on other computers that were started from here. */
export interface SessionsElsewhere extends Pick<Sessions, 'find' | 'list' | 'setMetadata' | 'onChange'> {
  /** Told of every computer that can be reached again. */
  onReturn(listener: (computer: string) => void): Disposable
}

export interface MirroredSessionsParts {
  readonly elsewhere: SessionsElsewhere
  /** Those of this computer. */
  readonly sessions: Pick<Sessions, 'find'>
  readonly remote: Pick<RemoteEntries, 'follow'>
  readonly channels: ChannelStore
  readonly clock: Clock
  readonly log: Logger
  readonly limits?: Partial<MirrorLimits> | undefined
}

export interface MirrorLimits extends BufferLimits {
  /** How many channels are mirrored at once. */
  readonly mostPumps: number
}

/**
 * More sessions than anybody follows in a chat; each may hold a quarter of a MiB, beyond which a watch is not live any
 * more but read from its owner's disk.
 */
export const MIRROR_LIMITS: MirrorLimits = { mostPumps: 500, maxBytes: 256 * 1024, maxEntries: 5000 }

/** {@link PumpedSessions} of other computers. Disposing ends all watches; what is here already is still sent. */
export interface MirroredSessions extends PumpedSessions, Disposable {}

/** The sessions on other computers that an adapter here mirrors, because their owner does not have it. */
export function mirroredSessions(parts: MirroredSessionsParts): MirroredSessions {
  const { elsewhere, channels } = parts
  const limits = { ...MIRROR_LIMITS, ...parts.limits }
  /** Those that are open, with the computer that each is of. */
  const sources = new Map<MirrorSource, string>()
  const listeners = new Set<(session: SessionId) => void>()
  /** Heard of first by this run of the daemon, so that its end, if it has ended, is news too. */
  const heardOf = new Set<string>()
  let isOver = false
  // Nobody may pass a session off as one of this computer's, whose places are kept under the same ids.
  const isElsewhere = ({ id }: Session) => parts.sessions.find(id) === undefined
  const find = (id: string) => (parts.sessions.find(id) ? undefined : elsewhere.find(id))

  const returning = elsewhere.onReturn(returned => {
    for (const [source, computer] of sources) if (computer === returned) source.retry()
  })
  return {
    find,
    list: () => elsewhere.list().filter(isElsewhere),
    setMetadata: elsewhere.setMetadata,
    onChange: listener =>
      elsewhere.onChange((session, change) => {
        if (!isElsewhere(session)) return
        if (change === 'created') heardOf.add(session.id)
        if (change === 'removed') heardOf.delete(session.id)
        listener(session, change)
      }),
    mostPumps: limits.mostPumps,
    isCarriedBy,
    isPast: ({ id, state }, { type }) => !isLive(state) && !heardOf.has(id) && !channels.has(id, type),
    onMore(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    source(session, adapter) {
      const { id, computer } = session
      channels.begin(id, adapter.type)
      const source = createMirrorSource({
        ...{ ...parts, limits, session: id, type: adapter.type },
        find: () => find(id),
        onMore() {
          for (const listener of [...listeners]) listener(id)
        },
        onClosed: () => void sources.delete(source),
      })
      sources.set(source, computer)
      if (isOver) source.close()
      return source
    },
    [Symbol.dispose]() {
      returning[Symbol.dispose]()
      isOver = true
      for (const source of sources.keys()) source.close()
    },
  }
}

/** What a session names is fixed when it is started, so never do both its owner and its origin carry it; a one-shot run names nothing. */
function isCarriedBy({ adapterTypes }: Session, { type, mirrors }: Adapter): boolean {
  return mirrors === true && adapterTypes.length > 0 && !adapterTypes.includes(type)
}
