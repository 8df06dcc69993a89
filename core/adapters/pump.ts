import type { Logger } from 'pino'
import { type Clock, sleep } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'
import { type ChannelMetadata, isLive, type Session, type SessionChange } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { type Adapter, AdapterError, ChannelGoneError, type ChannelStatus } from './adapter.ts'
import { createAdapterCalls } from './adapter-call.ts'
import { backoffMs } from './backoff.ts'
import type { ChannelStore } from './channel-store.ts'
import { batchOf } from './output-batch.ts'
import type { PumpSource } from './pump-source.ts'
import type { Turns } from './turns.ts'

/** Carries one session's journal to one adapter. Does nothing, and costs nothing, until it is woken. */
export interface Pump {
  /** There may be something to do. */
  wake(): void
  /** The session changed in a way that its channel shows. */
  change(change: SessionChange): void
  status(): ChannelStatus
  /** Starts nothing more. What runs may end, unless it is aborted. */
  stop(options: { abort: boolean }): void
  /** Settles when nothing runs. */
  settled(): Promise<void>
}

export interface PumpOptions {
  readonly session: SessionId
  readonly adapter: Adapter
  readonly source: PumpSource
  readonly sessions: Pick<Sessions, 'find'>
  readonly channels: Pick<ChannelStore, 'saveClosed'>
  readonly turns: Turns
  readonly clock: Clock
  readonly log: Logger
  readonly limits: PumpLimits
  toText(entries: readonly Entry[]): string
  openChannel(session: Session): Promise<ChannelMetadata>
  /** The channel is gone: what is remembered of it is of no use any more. */
  forgetChannel(): void
  /** The session has ended and so has its channel. */
  onClosed(): void
  /** A call that an earlier pump of this session and adapter made, and that may still go on. */
  readonly after?: Promise<void> | undefined
}

export interface PumpLimits {
  /** How long one call of the adapter may take, in milliseconds. */
  readonly callTimeoutMs: number
  readonly maxBatchBytes: number
  readonly maxBatchEntries: number
}

/** A minute is what HTTP clients give up after; a MiB and 5000 entries are read from the disk in a few milliseconds. */
export const PUMP_LIMITS: PumpLimits = {
  callTimeoutMs: 60_000,
  maxBatchBytes: 2 ** 20,
  maxBatchEntries: 5000,
}

/** Further behind than this is read from the disk, and so one pump after the other. */
const LIVE_ENTRIES = 64
/** A title is worth a few tries, but must not hold up the output for ever. */
const MAX_UPDATE_FAILURES = 3

type Step = () => Promise<void>

export function createPump(options: PumpOptions): Pump {
  const { session: id, adapter, source, sessions, channels, clock, limits } = options
  const log = options.log.child({ session: id, adapter: adapter.type })
  const calls = createAdapterCalls(clock, adapter.type, adapter.callTimeoutMs ?? limits.callTimeoutMs)
  const stopping = new AbortController()
  /** The far side has closed it, which may not be saved yet. */
  let isChannelClosed = false
  let isClosed = false
  /** How often it has been gone since something was last sent. */
  let losses = 0
  let change: SessionChange | null = null
  let updateFailures = 0
  let failures = 0
  let error: string | null = null
  let isDegraded = false
  let running: Promise<void> | null = null

  const run = async () => {
    await options.after
    for (;;) {
      try {
        const step = nextStep()
        if (!step) break
        await step()
        failures = 0
        error = null
      } catch (thrown) {
        await recover(thrown)
      }
    }
    // In the same breath as finding nothing to do, so that no waking is missed in between.
    running = null
  }
  const nextStep = (): Step | null => {
    if (stopping.signal.aborted || isDegraded || isClosed) return null
    const session = sessions.find(id)
    if (!session) return null
    // Until it is saved that the channel is closed, the session may be started again, and goes on in it.
    isChannelClosed &&= !isLive(session.state)
    if (isChannelClosed) return () => closeChannel(session)
    const isDone = source.behind === 0 && source.isOver(session)
    if (!session.adapterMetadata[adapter.type])
      return isDone && losses > 0 ? async () => saveClosed() : () => openChannel(session)
    if (change && adapter.updateChannel) return () => updateChannel(session)
    if (source.behind > 0) return () => send(session)
    return isDone ? () => closeChannel(session) : null
  }
  const openChannel = async (session: Session) => {
    change = null // It is made as the session is now.
    await calls.run('createChannel', () => options.openChannel(session), { lateCounts: true })
  }
  const send = async (session: Session) => {
    if (source.behind > LIVE_ENTRIES) await options.turns.next()
    if (stopping.signal.aborted) return
    const { epoch, entries } = source.next({
      maxBytes: limits.maxBatchBytes,
      maxEntries: limits.maxBatchEntries,
    })
    const batch = batchOf(epoch, entries, options.toText)
    await calls.run('sendMessage', async signal => adapter.sendMessage(session, batch, signal))
    source.sent(batch.toSeq)
    losses = 0
  }
  const updateChannel = async (session: Session) => {
    const sent = change ?? {}
    change = null
    try {
      await calls.run('updateChannel', async () => adapter.updateChannel?.(session, sent))
      updateFailures = 0
    } catch (thrown) {
      if (thrown instanceof ChannelGoneError) throw thrown // It is made anew as the session is then.
      if (isPermanent(thrown) || (!isRateLimit(thrown) && ++updateFailures >= MAX_UPDATE_FAILURES)) {
        return giveUpUpdate(thrown)
      }
      addChange(sent, change)
      throw thrown
    }
  }
  const addChange = (older: SessionChange | null, newer: SessionChange | null) => {
    change = { ...older, ...newer }
  }
  const giveUpUpdate = (thrown: unknown) => {
    updateFailures = 0
    log.warn({ err: thrown }, 'the channel could not be updated; its next change tries again')
  }
  const closeChannel = async (session: Session) => {
    if (!isChannelClosed) await callClose(session)
    isChannelClosed = true
    saveClosed()
  }
  const callClose = async (session: Session) => {
    if (!adapter.closeChannel) return
    try {
      await calls.run('closeChannel', async () => adapter.closeChannel?.(session))
    } catch (thrown) {
      if (!(thrown instanceof ChannelGoneError)) throw thrown
      options.forgetChannel()
    }
  }
  const saveClosed = () => {
    channels.saveClosed(id, adapter.type, true)
    isClosed = true
    source.close()
    options.onClosed()
  }
  const recover = async (thrown: unknown) => {
    if (stopping.signal.aborted) return
    failures += 1
    error = messageOf(thrown)
    if (thrown instanceof ChannelGoneError) {
      losses += 1
      options.forgetChannel()
    }
    isDegraded = isPermanent(thrown)
    if (isDegraded)
      log.error({ err: thrown }, 'the channel is given up until the adapter is registered again')
    else {
      const waitMs = askedWaitMs(thrown) ?? backoffMs(Math.max(failures, losses))
      log.warn({ err: thrown, failures, waitMs }, 'the channel failed; trying again')
      await sleep(clock, waitMs, stopping.signal)
    }
  }
  const state = (): ChannelStatus['state'] => {
    if (isClosed) return 'closed'
    if (isDegraded) return 'degraded'
    if (failures > 0 || calls.overdue || source.problem !== null) return 'retrying'
    return calls.isBusy ? 'sending' : 'idle'
  }
  return {
    wake() {
      running ??= run()
    },
    change(next) {
      if (adapter.updateChannel) addChange(change, next)
    },
    status() {
      const session = sessions.find(id)
      return {
        session: id,
        adapter: adapter.type,
        state: state(),
        sentSeq: source.sentSeq,
        behind: session ? source.behind : 0,
        attempts: failures,
        error: calls.overdue ?? error ?? source.problem,
      }
    },
    stop({ abort }) {
      stopping.abort()
      source.close()
      if (abort) calls.abort()
    },
    settled: () => running ?? Promise.resolve(),
  }
}

function isPermanent(thrown: unknown): boolean {
  return thrown instanceof AdapterError && !thrown.retryable
}

function askedWaitMs(thrown: unknown): number | undefined {
  return thrown instanceof AdapterError ? (thrown.retryAfterMs ?? thrown.lookAgainMs) : undefined
}

function isRateLimit(thrown: unknown): boolean {
  return thrown instanceof AdapterError && thrown.retryAfterMs !== undefined
}
