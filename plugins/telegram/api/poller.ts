import type { Update } from 'grammy/types'
import type { Clock, PluginContext } from '../../../core/index.ts'
import type { BotApi, Payload } from './bot-api.ts'
import type { TelegramFault } from './fault.ts'

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
