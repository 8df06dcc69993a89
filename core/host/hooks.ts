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
  readonly verdict: { readonly type: 'accept' } | { readonly type: 'reject'; readonly reason: string }
}

/** Facts about this computer, gathered at every heartbeat. Plugins add theirs under their own keys. */
export interface Heartbeat {
  readonly computer: string
  readonly at: number
  readonly facts: Record<string, unknown>
}

/**
 * The points where plugins are told, or asked, something. Every tap is isolated, has a deadline, and its failure is
 * blamed on the plugin that made it. Taps end with their plugin.
 */
export interface Hooks {
  /** Before a session is ready: bring-up, and veto by throwing. One after the other; returns of undo steps run in reverse. 10 s each. */
  onSessionCreate(
    fn: (
      session: Session,
    ) => undefined | (() => Promise<void> | void) | Promise<undefined | (() => Promise<void> | void)>,
  ): void
  /** Before input reaches the terminal: authorise, rewrite (return a new inbound) or reject. A throw or 2 s of silence rejects. */
  onInbound(
    fn: (inbound: Inbound, session: Session) => Promise<Inbound | undefined> | Inbound | undefined,
  ): void
  /** After commit, several appends at a time; never delays the terminal. */
  onOutput(fn: (entries: readonly Entry[], session: Session) => Promise<void> | void): void
  onHeartbeat(fn: (beat: Heartbeat) => Promise<void> | void): void
  /** Title, description or state changed. 5 s each. */
  onSessionUpdate(fn: (session: Session, change: SessionChange) => Promise<void> | void): void
  /** The session ended. 5 s each. */
  onSessionClose(fn: (session: Session) => Promise<void> | void): void
}
