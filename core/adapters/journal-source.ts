import type { SessionId } from '../ids.ts'
import { formatCursor } from '../journal/cursor.ts'
import type { Journal } from '../journal/journal.ts'
import { isLive } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ChannelStore } from './channel-store.ts'
import type { PumpSource } from './pump-source.ts'
import type { PumpedSessions } from './pumps.ts'

export interface OwnSessionsParts {
  readonly journal: Pick<Journal, 'epoch' | 'head' | 'read' | 'onCommit'>
  readonly sessions: Pick<Sessions, 'find' | 'list' | 'setMetadata' | 'onChange'>
  readonly channels: ChannelStore
}

/** The sessions of this computer: carried by the adapters that they name, from its journal. */
export function ownSessions({ journal, sessions, channels }: OwnSessionsParts): PumpedSessions {
  return {
    find: sessions.find,
    list: sessions.list,
    setMetadata: sessions.setMetadata,
    onChange: sessions.onChange,
    mostPumps: Number.POSITIVE_INFINITY,
    isCarriedBy: (session, adapter) => session.adapterTypes.includes(adapter.type),
    isPast: () => false,
    onMore: listener => journal.onCommit(listener),
    source: (session, { type }) => createJournalSource({ journal, channels, session: session.id, type }),
  }
}

interface JournalSourceParts extends Pick<OwnSessionsParts, 'journal' | 'channels'> {
  readonly session: SessionId
  /** Of the adapter. */
  readonly type: string
}

function createJournalSource({ journal, channels, session: id, type }: JournalSourceParts): PumpSource {
  let { seq } = channels.load(id, type)
  return {
    get sentSeq() {
      return seq
    },
    problem: null,
    get behind() {
      return Math.max(0, journal.head(id) - seq)
    },
    isOver: ({ state }) => !isLive(state),
    next(limit) {
      const { epoch } = journal
      return { epoch, entries: journal.read(id, formatCursor(epoch, seq), limit).entries }
    },
    sent(toSeq) {
      seq = toSeq
      channels.saveSeq(id, type, seq)
    },
    close() {},
  }
}
