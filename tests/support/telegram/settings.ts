import { type Clock, systemClock } from '../../../core/clock.ts'

/** At most `count` calls within any `perMs` milliseconds. */
export interface Allowance {
  readonly count: number
  readonly perMs: number
}

/** How much a bot may do before it is answered 429. */
export interface RateLimits {
  /** Of one bot, everywhere. */
  readonly bot: Allowance
  /** Of one bot in one chat. */
  readonly chat: Allowance
  /** Of one bot in one group, all its topics together. */
  readonly group: Allowance
}

export interface Settings {
  /** All of the server's time. */
  readonly clock: Clock
  readonly limits: RateLimits
  /** A parameter of a wrong shape, or one that Telegram does not have, fails the test. */
  readonly isStrict: boolean
  /** A callback query can be answered for so long. */
  readonly queryTimeoutMs: number
}

export interface ServerOptions {
  readonly clock?: Clock
  readonly limits?: Partial<RateLimits>
  readonly isStrict?: boolean
  readonly queryTimeoutMs?: number
}

/** Telegram promises nothing; these are what its FAQ for bots tells to stay below, with short bursts in a chat. */
export const TELEGRAM_LIMITS: RateLimits = {
  bot: { count: 30, perMs: 1_000 },
  chat: { count: 3, perMs: 3_000 },
  group: { count: 20, perMs: 60_000 },
}

/** For tests that are not about limits. */
export const NO_LIMITS: RateLimits = {
  bot: { count: Number.POSITIVE_INFINITY, perMs: 1 },
  chat: { count: Number.POSITIVE_INFINITY, perMs: 1 },
  group: { count: Number.POSITIVE_INFINITY, perMs: 1 },
}

export function settingsOf(options: ServerOptions): Settings {
  return {
    clock: options.clock ?? systemClock,
    limits: { ...TELEGRAM_LIMITS, ...options.limits },
    isStrict: options.isStrict ?? true,
    queryTimeoutMs: options.queryTimeoutMs ?? 15_000,
  }
}
