import type { Logger } from 'pino'
import { type Clock, withDeadline } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import type { Entry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import { type ChannelMetadata, isLive, type Session, type SessionChange } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { Adapter, ChannelStatus } from './adapter.ts'
import { createChannelStore } from './channel-store.ts'
import { createPump, PUMP_LIMITS, type Pump, type PumpLimits } from './pump.ts'
import { createPumpSet } from './pump-set.ts'
import { createTurns } from './turns.ts'

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

export interface PumpsOptions {
  readonly journal: Journal
  readonly sessions: Pick<Sessions, 'find' | 'list' | 'setMetadata' | 'onChange'>
  readonly store: Store
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
  const { journal, sessions, clock, log } = options
  const limits = { ...PUMP_LIMITS, ...options.limits }
  const channels = createChannelStore(options)
  const turns = createTurns()
  const adapters = new Map<string, Adapter>()
  const pumps = createPumpSet()
  const opening = new Map<string, Promise<ChannelMetadata>>()
  const subscriptions: Disposable[] = []
  let isRunning = false

  const openChannel = (adapter: Adapter, session: Session) => {
    const key = `${session.id} ${adapter.type}`
    const open = async () => {
      const metadata = await adapter.createChannel(session)
      sessions.setMetadata(session.id, adapter.type, metadata)
      return metadata
    }
    const opened = opening.get(key) ?? open().finally(() => opening.delete(key))
    opening.set(key, opened)
    return opened
  }
  const startPump = (session: Session, adapter: Adapter) => {
    const { id, adapterTypes } = session
    if (!isRunning || !adapterTypes.includes(adapter.type) || pumps.get(id, adapter.type)) return
    if (channels.load(id, adapter.type).isClosed) {
      if (!isLive(session.state)) return
      channels.saveClosed(id, adapter.type, false)
    }
    const pump = makePump(session, adapter)
    pumps.add(id, adapter, pump)
    pump.wake()
  }
  const makePump = (session: Session, adapter: Adapter): Pump =>
    createPump({
      ...{ adapter, journal, sessions, channels, turns, clock, log, limits, toText: options.toText },
      session: session.id,
      openChannel: current => openChannel(adapter, current),
      forgetChannel: () => sessions.setMetadata(session.id, adapter.type, null),
      onClosed() {
        pumps.delete(session.id, adapter.type)
        const current = sessions.find(session.id)
        // It may have been started again while its channel was being closed.
        if (current && isLive(current.state) && adapters.has(adapter.type)) startPump(current, adapter)
      },
      after: pumps.unfinished(session.id, adapter),
    })
  const startPumps = (session: Session) => {
    for (const type of session.adapterTypes) {
      const adapter = adapters.get(type)
      if (adapter) startPump(session, adapter)
    }
  }
  const onChange = (session: Session, change: SessionChange | 'created' | 'removed') => {
    if (change === 'removed') {
      pumps.stopSession(session.id)
      channels.remove(session.id)
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
      for (const session of sessions.list()) startPump(session, adapter)
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
        journal.onCommit(session => {
          for (const pump of pumps.of(session)) pump.wake()
        }),
        sessions.onChange(onChange),
      )
      for (const session of sessions.list()) startPumps(session)
    },
    async close() {
      isRunning = false
      for (const subscription of subscriptions.splice(0)) subscription[Symbol.dispose]()
      await endAll(pumps.all(), clock)
      channels.close()
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
