import { z } from 'zod'
import { BoundedMap } from '../bounded-map.ts'
import type { Clock } from '../clock.ts'
import { isTeleclaudeError, messageOf, TeleclaudeError } from '../errors.ts'
import type { HookPoints } from '../host/hook-points.ts'
import { parseWireEntry } from '../journal/entry-schema.ts'
import type { Logger } from '../log.ts'
import type { KeepTimes } from '../sessions/create-sessions.ts'
import { type ChannelMetadata, isLive, type Session, type SessionChange } from '../sessions/session.ts'
import type { Store } from '../store/store.ts'
import { createExpectedStarts } from './expected-starts.ts'
import { createKnownNotices } from './known-notices.ts'
import { parseResult } from './parse-result.ts'
import { changeBetween, isNewer, readRecord } from './session-record.ts'
import { createSessionRecords, type SessionRecords } from './session-records.ts'
import { createSessionSearch } from './session-search.ts'

/** Records of sessions on other computers: those that were started from here, kept as their owners tell of them. */
export interface RemoteSessions {
  find(id: string): Session | undefined
  /** Newest first. */
  list(): readonly Session[]
  /** Where a session runs, as far as it is known without asking. */
  whereabouts(id: string): string | undefined
  /**
   * Asks the computers that are online, once for all who ask at the same time; undefined if none knows the session.
   * @throws TC_ERR_TRANSPORT if nobody could be asked
   */
  locate(id: string): Promise<string | undefined>
  /** An id was seen in an answer of a computer. A bounded number of them is remembered. */
  remember(id: string, computer: string): void
  /** To be called before a computer is asked to start a session: it may then tell of one that is not known yet. */
  expected(computer: string): void
  /**
   * Its owner tells of a session that was started from here. One that is neither known nor {@link expected} is passed over.
   * @throws TC_ERR_PROTOCOL if it is malformed, or not the sender's to tell
   */
  told(from: string, session: unknown): void
  /** As {@link told}, of a session in an answer of its owner, which was asked for it; it may be anybody's: what is not to be told is passed over. */
  heard(from: string, session: unknown): void
  /**
   * Its owner tells of a notice in a session that was started from here; plugins are, as of those here (`onOutput`).
   * @throws TC_ERR_PROTOCOL if it is malformed, or not the sender's to tell
   */
  noticed(from: string, session: string, entry: unknown): void
  /** Asks an owner how the sessions are that were started from here; to be called when it or this computer was away. */
  reconcile(computer: string): Promise<void>
  /** Remembers what an adapter here made of a session elsewhere; null forgets it. Its owner is not told. */
  setMetadata(id: string, adapterType: string, metadata: ChannelMetadata | null): void
  /** A computer can be reached again, or has another daemon. */
  returned(computer: string): void
  /** Told of every computer that has {@link returned}. */
  onReturn(listener: (computer: string) => void): Disposable
  /** Forgets what ended long ago. */
  sweep(keep: KeepTimes): void
  /** As {@link Sessions.onChange}. */
  onChange(listener: RemoteSessionListener): Disposable
}

export type RemoteSessionListener = (session: Session, change: SessionChange | 'created' | 'removed') => void

export interface RemoteSessionsParts {
  /** The name of this computer. */
  readonly self: string
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly hookPoints: Pick<HookPoints, 'sessionUpdate' | 'sessionClose' | 'output'>
  /** The names of the computers that are online. */
  online(): readonly string[]
  /** Asks a computer, as this computer itself. */
  ask(computer: string, operation: string, input: unknown): Promise<unknown>
}

/** Ids of sessions that were not started from here but heard of: some megabytes. */
const MAX_REMEMBERED = 10_000

/** Each record is looked at by itself: one that is malformed spoils no other. */
const listing = { name: 'session.list', output: z.object({ sessions: z.array(z.unknown()) }) } as const

export function createRemoteSessions(parts: RemoteSessionsParts): RemoteSessions {
  const { self, clock, log } = parts
  const records = createSessionRecords(parts)
  const starts = createExpectedStarts(parts)
  const places = new BoundedMap<string, string>(MAX_REMEMBERED)
  const news = createNews(parts)
  const asking = new Map<string, Promise<void>>()
  const notices = createKnownNotices(parts)
  const returnListeners = new Set<(computer: string) => void>()

  const keep = (session: Session): void => {
    const known = records.find(session.id)
    if (known && known.computer !== session.computer)
      throw new TeleclaudeError(
        'TC_ERR_PROTOCOL',
        `'${session.computer}' told of session ${session.id}, which runs on '${known.computer}'.`,
      )
    if (known && !isNewer(session, known)) return
    const displaced = records.put(session)
    // Only then: a crash in between must not leave the session unknown and unexpected.
    if (!known) starts.arrived(session)
    news.tell(records.find(session.id) ?? session, known)
    if (displaced) news.removed(displaced)
  }
  const remember = (id: string, computer: string): void => {
    // A session never moves, so nobody can take one over by naming its id.
    places.set(id, places.get(id) ?? computer)
  }
  const takeIfOurs = (from: string, record: unknown): void => {
    try {
      keep(readRecord(record, from, self))
    } catch (error) {
      if (!isTeleclaudeError(error, 'TC_ERR_PROTOCOL')) throw error
    }
  }
  const search = createSessionSearch({
    ...parts,
    found(computer, record) {
      takeIfOurs(computer, record)
      const { id } = record as { id: string } // what was searched for
      remember(id, computer)
    },
  })
  const reconcile = async (computer: string): Promise<void> => {
    const before = liveOn(records, computer)
    // Only what runs, so that the answer stays small; of what has ended meanwhile each is asked for.
    const answer = await parts.ask(computer, 'session.list', { computer, state: 'live' })
    const { sessions } = parseResult(listing, answer, computer) as z.output<typeof listing.output>
    for (const record of sessions) takeIfOurs(computer, record)
    const listed = new Set(sessions.map(idOf))
    for (const { id } of before.filter(session => !listed.has(session.id))) await settle(computer, id)
  }
  /** It has ended, or its owner has lost it. */
  const settle = async (computer: string, id: string): Promise<void> => {
    try {
      takeIfOurs(computer, await parts.ask(computer, 'session.get', { session_id: id }))
    } catch (error) {
      if (!isTeleclaudeError(error, 'TC_ERR_SESSION_NOT_FOUND')) throw error
      const lost = records.find(id)
      if (lost && isLive(lost.state)) keep(closedByNobody(lost, clock.now()))
    }
  }

  return {
    find: records.find,
    list: () => records.all().toSorted((one, other) => other.createdAt - one.createdAt),
    whereabouts: id => records.find(id)?.computer ?? places.get(id),
    locate: search.locate,
    remember,
    expected: starts.add,
    told(from, record) {
      const session = readRecord(record, from, self)
      if (records.find(session.id) || starts.allows(session)) keep(session)
      else log.debug({ session: session.id, computer: from }, 'nobody here asked for a session told of')
    },
    heard(from, session) {
      try {
        takeIfOurs(from, session)
      } catch (err) {
        log.warn({ err, computer: from }, 'what was heard of a session elsewhere could not be kept')
      }
    },
    noticed(from, id, entry) {
      const session = records.find(id)
      const notice = parseWireEntry(entry)
      if (session?.computer !== from || notice?.kind !== 'notice')
        throw new TeleclaudeError(
          'TC_ERR_PROTOCOL',
          `'${from}' told of a notice that is none, or not its own.`,
        )
      if (notices.isNew(id, notice)) parts.hookPoints.output([notice], session)
    },
    reconcile(computer) {
      const running = asking.get(computer) ?? reconcile(computer).finally(() => asking.delete(computer))
      asking.set(computer, running)
      return running
    },
    setMetadata: records.setMetadata,
    returned(computer) {
      for (const listener of [...returnListeners]) listener(computer)
    },
    onReturn(listener) {
      returnListeners.add(listener)
      return { [Symbol.dispose]: () => void returnListeners.delete(listener) }
    },
    sweep(keep) {
      const isOver = ({ kind, state, closedAt, updatedAt }: Session) =>
        !isLive(state) &&
        clock.now() - (closedAt ?? updatedAt) >= (kind === 'run' ? keep.runMs : keep.closedMs)
      const over = records.all().filter(isOver)
      records.remove(over.map(session => session.id))
      if (over.length === 0) return
      for (const session of over) news.removed(session)
      log.debug({ sessions: over.length }, 'sessions elsewhere that ended long ago are forgotten')
    },
    onChange: news.onChange,
  }
}

/** Tells listeners, and plugins by their hooks. */
function createNews({ hookPoints, log }: RemoteSessionsParts) {
  const listeners = new Set<RemoteSessionListener>()
  const tellListeners: RemoteSessionListener = (session, change) => {
    for (const listener of [...listeners]) {
      try {
        listener(session, change)
      } catch (error) {
        log.error(
          { session: session.id, problem: messageOf(error) },
          'a listener to sessions elsewhere failed',
        )
      }
    }
  }
  return {
    tell(session: Session, known: Session | undefined): void {
      const { title, description, state, terminal } = session
      const change = known ? changeBetween(known, session) : { title, description, state, terminal }
      if (Object.keys(change).length === 0) return
      tellListeners(session, known ? change : 'created')
      const hasEnded = !isLive(session.state) && (!known || isLive(known.state))
      if (hasEnded) void hookPoints.sessionClose(session)
      else void hookPoints.sessionUpdate(session, change)
    },
    removed: (session: Session) => tellListeners(session, 'removed'),
    onChange(listener: RemoteSessionListener): Disposable {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}

function liveOn(records: SessionRecords, computer: string): readonly Session[] {
  return records.all().filter(session => session.computer === computer && isLive(session.state))
}

function idOf(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'id' in record ? record.id : undefined
}

/** Its owner's time of the last change stays, so that a later one counts. */
function closedByNobody(session: Session, now: number): Session {
  return { ...session, state: 'closed', closedAt: now, closeReason: 'its computer no longer knows it' }
}
