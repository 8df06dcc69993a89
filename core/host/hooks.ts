import type { Entry } from '../journal/entry.ts'
import type { Principal } from '../principal.ts'
import type { Session, SessionChange } from '../sessions/session.ts'

/** Something about to be typed into a session. */
export interface Inbound {
  readonly text: string
  /** Bytes as a keyboard would send them (attach, key presses), rather than a line of text. */
  readonly raw: boolean
  readonly principal: Principal
  readonly surface: string
  readonly verdict: Verdict
}

export type Verdict =
  | { readonly type: 'accept' }
  /** Final: later taps are not asked. `reason` is shown to the sender. */
  | { readonly type: 'reject'; readonly reason: string }

/** What a tap of `onInbound` may change; what is left out stays as it was. */
export type InboundDecision = Partial<Pick<Inbound, 'text' | 'verdict'>>

/** Facts about this computer, gathered at every heartbeat. */
export interface Heartbeat {
  readonly computer: string
  readonly at: number
  /** Each tap writes its own, under its own keys; they count once the tap has settled in time. */
  readonly facts: Record<string, unknown>
}

/** Takes back what a tap of `onSessionCreate` did. */
export type Undo = () => Promise<void> | void

type MaybePromise<T> = T | Promise<T>

/**
 * The points where plugins are told, or asked, something. Every tap is isolated, has a deadline, and its failure is
 * blamed on the plugin that made it. Taps end with their plugin.
 */
export interface Hooks {
  /**
   * Before a session is ready: bring-up, and veto by throwing. One after the other, 10 s each. An undo that is returned
   * is called, in reverse order, when a later step fails.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a tap that returns nothing has type void
  onSessionCreate(fn: (session: Session) => MaybePromise<Undo | undefined | void>): void
  /** Before input reaches the terminal: authorise, rewrite or reject. A throw or 2 s of silence rejects. */
  onInbound(
    // biome-ignore lint/suspicious/noConfusingVoidType: a tap that returns nothing has type void
    fn: (inbound: Inbound, session: Session) => MaybePromise<InboundDecision | undefined | void>,
  ): void
  /**
   * After commit, several appends at a time, one call at a time; never delays the terminal. A tap that falls more than
   * 1000 entries behind is told of the rest by a `gap` entry. Of sessions on other computers that were started from
   * here only the notices: `session.computer` says where it runs.
   */
  onOutput(fn: (entries: readonly Entry[], session: Session) => MaybePromise<void>): void
  /** At every beat; 10 s each, and never asked again while still busy with an earlier beat. */
  onHeartbeat(fn: (beat: Heartbeat) => MaybePromise<void>): void
  /** Title, description, state or terminal changed, also of sessions elsewhere that were started from here. 5 s each. */
  onSessionUpdate(fn: (session: Session, change: SessionChange) => MaybePromise<void>): void
  /** The session ended, also one elsewhere that was started from here. 5 s each. */
  onSessionClose(fn: (session: Session) => MaybePromise<void>): void
}

export type HookName = keyof Hooks
