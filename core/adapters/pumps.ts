import type { Logger } from 'pino'
import { type Clock, withDeadline } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'
import { type ChannelMetadata, isLive, type Session, type SessionChange } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Adapter, ChannelStatus } from './adapter.ts'
import type { ChannelStore } from './channel-store.ts'
import { createPump, PUMP_LIMITS, type Pump, type PumpLimits } from './pump.ts'
import { createPumpSet } from './pump-set.ts'
import type { PumpSource } from './pump-source.ts'
import type { Turns } from './turns.ts'

/** Runs a pump for every session and registered adapter that belong together. */
export interface Pumps {
  add(adapter: Adapter): void
  /** Aborts what runs. */
  remove(adapter: Adapter): void
  /** Makes the channel, or joins a call that is making it. */
  openChannel(adapter: Adapter, session: Session): Promise<ChannelMetadata>
  status(session?: string): readonly ChannelStatus[]
  start(): void
  close(): Promise<void>
}

/** The sessions that pumps may carry, and where their entries come from. */
export interface PumpedSessions extends Pick<Sessions, 'find' | 'list' | 'setMetadata' | 'onChange'> {
  /** How many pumps run at once. */
  readonly mostPumps: number
  isCarriedBy(session: Session, adapter: Adapter): boolean
  /** Whether the session was over before it could have had a channel: then it gets none. */
  isPast(session: Session, adapter: Adapter): boolean
  source(session: Session, adapter: Adapter): PumpSource
  /** Tells of sessions that may have more to send. */
  onMore(listener: (session: SessionId) => void): Disposable
}

export interface PumpsOptions {
  readonly pumped: PumpedSessions
  readonly channels: ChannelStore
  readonly turns: Turns
  readonly clock: Clock
  readonly log: Logger
  readonly limits?: Partial<PumpLimits>
  /** The output and notices of entries as clean text. */
  toText(entries: readonly Entry[]): string
}

/** How long a closing daemon lets a call end that runs: sending a message again is worse than a short wait. */
const CLOSE_GRACE_MS = 2000
/** How long an adapter may take to notice that its signal was aborted. */
const ABORT_GRACE_MS = 1000

export function createPumps(options: PumpsOptions): Pumps {
  const { pumped, channels, turns, clock, log } = options
  const limits = { ...PUMP_LIMITS, ...options.limits }
  const adapters = new Map<string, Adapter>()
  const pumps = createPumpSet()
  const opening = new Map<string, Promise<ChannelMetadata>>()
  const subscriptions: Disposable[] = []
  let isRunning = false
  let isFull = false
  let isFullTold = false

  const openChannel = (adapter: Adapter, session: Session) => {
    const key = `${session.id} ${adapter.type}`
    const open = async () => {
      const metadata = await adapter.createChannel(session)
      pumped.setMetadata(session.id, adapter.type, metadata)
      return metadata
    }
    const opened = opening.get(key) ?? open().finally(() => opening.delete(key))
    opening.set(key, opened)
    return opened
  }
  const startPump = (session: Session, adapter: Adapter) => {
    const { id } = session
    if (!isRunning || pumps.get(id, adapter.type)) return
    // Of a session whose start fails nothing is left, so no channel is made for it before.
    if (session.state === 'starting' && !session.adapterMetadata[adapter.type]) return
    if (!pumped.isCarriedBy(session, adapter) || pumped.isPast(session, adapter)) return
    if (channels.load(id, adapter.type).isClosed) {
      if (!isLive(session.state)) return
      reopen(id, adapter.type)
    }
    if (!hasRoom()) return
    const pump = makePump(session, adapter)
    pumps.add(id, adapter, pump)
    pump.wake()
  }
  /** What cannot be saved (the disk is full) is worth less than what the session has to say. */
  const reopen = (session: SessionId, type: string) => {
    try {
      channels.saveClosed(session, type, false)
    } catch (err) {
      log.warn({ err, session, adapter: type }, 'that a channel is open again could not be saved')
    }
  }
  const makePump = (session: Session, adapter: Adapter): Pump =>
    createPump({
      ...{ adapter, sessions: pumped, channels, turns, clock, log, limits, toText: options.toText },
      session: session.id,
      source: pumped.source(session, adapter),
      openChannel: current => openChannel(adapter, current),
      forgetChannel: () => pumped.setMetadata(session.id, adapter.type, null),
      onClosed() {
        pumps.delete(session.id, adapter.type)
        const current = pumped.find(session.id)
        // It may have been started again while its channel was being closed.
        if (current && isLive(current.state) && adapters.has(adapter.type)) startPump(current, adapter)
        useRoom()
      },
      after: pumps.unfinished(session.id, adapter),
    })
  const startPumps = (session: Session) => {
    for (const adapter of adapters.values()) startPump(session, adapter)
  }
  const hasRoom = (): boolean => {
    if (pumps.size < pumped.mostPumps) return true
    if (!isFullTold) log.warn({ pumps: pumps.size }, 'no more sessions get a channel until others have ended')
    isFull = true
    isFullTold = true
    return false
  }
  const forget = (adapter: Adapter, session: Session) => {
    try {
      adapter.forgetSession?.(session)
    } catch (err) {
      log.warn({ err, session: session.id, adapter: adapter.type }, 'the adapter could not forget a session')
    }
  }
  /** Those for which there was no room. */
  const useRoom = () => {
    if (!isFull || pumps.size >= pumped.mostPumps) return
    isFull = false
    for (const session of pumped.list()) startPumps(session)
    isFullTold = isFull
  }
  const onChange = (session: Session, change: SessionChange | 'created' | 'removed') => {
    if (change === 'removed') {
      pumps.stopSession(session.id)
      channels.remove(session.id)
      for (const adapter of adapters.values()) forget(adapter, session)
      useRoom()
      return
    }
    startPumps(session)
    const shown = change === 'created' ? null : shownChange(change)
    for (const pump of pumps.of(session.id)) {
      if (shown) pump.change(shown)
      pump.wake()
    }
  }
  const closedStatus = (session: string): ChannelStatus[] =>
    channels.closed(session).map(({ adapter, seq }) => ({
      ...{ session, adapter, state: 'closed' as const, sentSeq: seq, behind: 0, attempts: 0, error: null },
    }))

  return {
    add(adapter) {
      adapters.set(adapter.type, adapter)
      for (const session of pumped.list()) startPump(session, adapter)
    },
    remove(adapter) {
      adapters.delete(adapter.type)
      pumps.stopAdapter(adapter)
    },
    openChannel,
    status(session) {
      if (session === undefined) return pumps.all().map(pump => pump.status())
      return [...pumps.of(session).map(pump => pump.status()), ...closedStatus(session)]
    },
    start() {
      isRunning = true
      subscriptions.push(
        pumped.onMore(session => {
          for (const pump of pumps.of(session)) pump.wake()
        }),
        pumped.onChange(onChange),
      )
      for (const session of pumped.list()) startPumps(session)
    },
    async close() {
      isRunning = false
      for (const subscription of subscriptions.splice(0)) subscription[Symbol.dispose]()
      await endAll(pumps.all(), clock)
    },
  }
}

/** What a channel shows of a session; the rest changes often and is nobody's news there. */
function shownChange(change: SessionChange): SessionChange | null {
  const { terminal: _, ...shown } = change
  return Object.keys(shown).length > 0 ? shown : null
}

async function endAll(pumps: readonly Pump[], clock: Clock): Promise<void> {
  for (const pump of pumps) pump.stop({ abort: false })
  const ended = Promise.all(pumps.map(pump => pump.settled())).then(() => true)
  const within = (ms: number) =>
    withDeadline(clock, ended, ms, () => new TeleclaudeError('TC_ERR_TIMEOUT', 'still running')).catch(
      () => false,
    )
  if (await within(CLOSE_GRACE_MS)) return
  for (const pump of pumps) pump.stop({ abort: true })
  await within(ABORT_GRACE_MS)
}
