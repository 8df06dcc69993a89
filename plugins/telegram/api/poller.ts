import type { Update } from 'grammy/types'
import { BoundedMap, type Clock, type PluginContext, sleep } from '../../../core/index.ts'
import { backoffMs } from './backoff.ts'
import type { BotApi, Payload } from './bot-api.ts'
import { faultOf, TelegramFault } from './fault.ts'

/** Which kinds of updates are asked for. */
export type AllowedUpdates = NonNullable<Payload<'getUpdates'>['allowed_updates']>

/** How listening goes. */
export type PollerState =
  | { readonly kind: 'stopped' }
  /** The last poll was answered; so does Telegram know the bot. */
  | { readonly kind: 'polling' }
  /** The last poll failed; the next one is made at `until` (milliseconds since the epoch). */
  | { readonly kind: 'waiting'; readonly fault: TelegramFault; readonly until: number }

/** What a {@link Poller} is made of. */
export interface PollerParts {
  readonly api: BotApi
  readonly clock: Clock
  readonly log: PluginContext['log']
  readonly allowedUpdates: AllowedUpdates
  /** The id of the first update that has not been taken; undefined at the very first start. */
  load(): number | undefined
  /**
   * Takes updates, in order, and settles when they are safe: only then Telegram is told that they were received. They
   * are given again if it rejects. Each update is given once by one poller; one that is newly made does not know which
   * were given before it.
   */
  take(updates: readonly Update[]): Promise<void>
  /** Told whenever the state changes; never while it stays. */
  onState(state: PollerState): void
}

/** Hears what people say to the bot. */
export interface Poller {
  start(): void
  /** Ends the poll that is under way, and waits for what is being taken. */
  stop(): Promise<void>
  readonly state: PollerState
}

/** Makes a poller; nothing is asked before `start`. */
export function createPoller(parts: PollerParts): Poller {
  return new LongPoller(parts)
}

/** How long Telegram holds a poll open when nobody says anything. */
const POLL_S = 50
/** A poll that is not answered this long after its time hangs. */
const POLL_TIMEOUT_MS = (POLL_S + 15) * 1000
/** A server that does not wait is asked once in this time. */
const SHORTEST_POLL_MS = 1000
/** How long nobody is heard after a fault in the program. */
const BROKEN_MS = 30_000
/** More than two full answers of ids, so that what is delivered twice is known. */
const REMEMBERED = 250

interface Listening {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

class LongPoller implements Poller {
  readonly #parts: PollerParts
  readonly #given = new BoundedMap<number, true>(REMEMBERED)
  #state: PollerState = { kind: 'stopped' }
  #listening: Listening | null = null
  #failures = 0

  constructor(parts: PollerParts) {
    this.#parts = parts
  }

  get state(): PollerState {
    return this.#state
  }

  start(): void {
    if (this.#listening) return
    const stop = new AbortController()
    this.#listening = { stop, ended: this.#keepListening(stop.signal) }
  }

  async stop(): Promise<void> {
    const listening = this.#listening
    if (!listening) return
    listening.stop.abort()
    await listening.ended
    this.#listening = null
    this.#enter({ kind: 'stopped' })
  }

  /** Whatever breaks here, people are heard again later. */
  async #keepListening(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#listen(signal)
      } catch (err) {
        this.#parts.log.error(
          { err },
          'nobody is heard in Telegram for a while, because of a fault in the program',
        )
        await sleep(this.#parts.clock, BROKEN_MS, signal)
      }
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    let offset = this.#parts.load()
    while (!signal.aborted) {
      const since = this.#parts.clock.monotonic()
      const updates = await this.#poll(offset, signal)
      const fresh = updates.filter(update => !this.#given.has(update.update_id))
      if (fresh.length === 0) await this.#pause(since, signal)
      else if (await this.#give(fresh, signal)) offset = afterAll(fresh)
    }
  }

  /** What was said since `offset`; nothing where it cannot be known, after a pause. */
  async #poll(offset: number | undefined, signal: AbortSignal): Promise<readonly Update[]> {
    const { api, allowedUpdates } = this.#parts
    const payload = {
      timeout: this.#isMending ? 0 : POLL_S,
      allowed_updates: allowedUpdates,
      ...(offset !== undefined && { offset }),
    }
    try {
      const updates = await api.call('getUpdates', payload, { signal, timeoutMs: POLL_TIMEOUT_MS })
      if (!isList(updates)) throw notUpdates()
      this.#answered()
      return updates
    } catch (error) {
      if (!signal.aborted) await this.#failed(faultOf(error, 'getUpdates'), signal)
      return []
    }
  }

  /** Nothing new was said since `since`, whatever the server answered. */
  async #pause(since: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    const leftMs = SHORTEST_POLL_MS - (clock.monotonic() - since)
    if (leftMs > 0) await sleep(clock, leftMs, signal)
  }

  /** Whether they are safe. */
  async #give(updates: readonly Update[], signal: AbortSignal): Promise<boolean> {
    const { take, clock, log } = this.#parts
    try {
      await take(updates)
    } catch (err) {
      if (signal.aborted) return false
      log.error(
        { err, updates: updates.length },
        'what people said could not be taken; it is asked for again',
      )
      await sleep(clock, SHORTEST_POLL_MS, signal)
      return false
    }
    for (const { update_id } of updates) this.#given.set(update_id, true)
    return true
  }

  /** Whether it works again is to be known at once, but where two programs hear one bot the answer would be yes each time. */
  get #isMending(): boolean {
    return this.#state.kind === 'waiting' && this.#state.fault.kind !== 'conflict'
  }

  #answered(): void {
    if (this.#state.kind === 'waiting') this.#parts.log.info('people are heard in Telegram again')
    this.#failures = 0
    if (this.#state.kind !== 'polling') this.#enter({ kind: 'polling' })
  }

  async #failed(fault: TelegramFault, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    this.#failures++
    const waitMs = pollWaitMs(fault, this.#failures)
    const known = this.#state.kind === 'waiting' ? this.#state.fault.kind : null
    if (known !== fault.kind)
      log.warn({ kind: fault.kind, waitMs }, `nobody is heard in Telegram: ${fault.message}`)
    this.#enter({ kind: 'waiting', fault, until: clock.now() + waitMs })
    await sleep(clock, waitMs, signal)
  }

  #enter(state: PollerState): void {
    this.#state = state
    this.#parts.onState(state)
  }
}

/** A server of one's own, or what stands between, may answer anything. */
function isList(updates: unknown): boolean {
  return Array.isArray(updates) && updates.every(update => Number.isSafeInteger(Object(update).update_id))
}

function notUpdates(): TelegramFault {
  const message =
    'The server answered getUpdates with something that is no list of updates (is apiRoot right?).'
  return new TelegramFault('unavailable', message, { method: 'getUpdates' })
}

/**
 * The offset that says that these were received. Not the highest one ever: after a week without updates Telegram goes
 * on with a number of its choice.
 */
function afterAll(updates: readonly Update[]): number {
  return Math.max(...updates.map(update => update.update_id)) + 1
}

/** How long to wait after `failures` polls in a row that failed. */
function pollWaitMs(fault: TelegramFault, failures: number): number {
  switch (fault.kind) {
    case 'rate-limit':
      return fault.retryAfterMs ?? 0
    case 'unauthorized':
      return 60_000
    case 'conflict':
      return backoffMs(failures, { baseMs: 5000, capMs: 60_000 })
    default:
      return backoffMs(failures, { baseMs: 1000, capMs: 30_000 })
  }
}
