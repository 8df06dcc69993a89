import type { Session, SessionChange } from '../sessions/session.ts'

/** Records of sessions on other computers: those that were started from here, kept as their owners tell of them. */
export interface RemoteSessions {
  find(id: string): Session | undefined
  /** Newest first. */
  list(): readonly Session[]
  /** Where a session runs, as far as it is known without asking. */
  whereabouts(id: string): string | undefined
  /** Asks the computers that are online, once for all who ask at the same time; undefined if none knows the session. */
  locate(id: string): Promise<string | undefined>
  /** An id was seen in an answer of a computer. A bounded number of them is remembered. */
  remember(id: string, computer: string): void
  /** Its owner tells of a session that was started from here. What is malformed, or not the sender's to tell, is refused. */
  told(from: string, session: unknown): void
  /** Asks an owner how the sessions are that were started from here; to be called when it or this computer was away. */
  reconcile(computer: string): Promise<void>
  /** Forgets what ended longer ago than `keepMs`. */
  sweep(keepMs: number): void
  /** As {@link Sessions.onChange}. */
  onChange(listener: (session: Session, change: SessionChange | 'created' | 'removed') => void): Disposable
}
