import { defineService } from '../host/service.ts'
import type { Cursor, SessionId } from '../ids.ts'
import type { Principal } from '../principal.ts'
import type { ChannelMetadata, Session, SessionChange } from './session.ts'
import type { Screen, TerminalInput } from './terminal.ts'

/** What to start. Everything but the title has a default. */
export interface StartRequest {
  readonly title: string
  readonly description?: string
  /** Default `shell`. */
  readonly kind?: string
  readonly cwd?: string
  readonly command?: string | readonly string[]
  /** A name on PATH, or a path; default the configured shell. */
  readonly shell?: string
  readonly cols?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  /** What runs its terminal; the terminal plugin knows which there are, and has a default. */
  readonly backend?: string
  /** A terminal that is there already, to be taken over; only the terminal plugin knows what it says. */
  readonly existing?: unknown
  readonly adapterTypes?: readonly string[]
  /** The computer that asked; default this one. */
  readonly origin?: string
  readonly originAdapter: string
  /** Given where the record is made on several computers with one id. */
  readonly id?: SessionId
}

/** Who types. */
export interface Author {
  readonly principal: Principal
  readonly surface: string
}

/** What became of an input. */
export interface InputReceipt {
  /** From just before the input: what is watched after it holds the whole effect. */
  readonly cursor: Cursor
  /** Typed at a marked prompt, so that an end mark will say when the command has ended. */
  readonly atPrompt: boolean
}

/** How a session is closed. */
export interface CloseOptions {
  /** Also ends a program that ran before it was a session, which would otherwise go on without us. */
  readonly kill?: boolean
}

/** The sessions of this computer, and what can be done with them. Each session's calls take effect one after the other. */
export interface Sessions {
  /** @throws TC_ERR_SESSION_NOT_FOUND */
  get(id: string): Session
  find(id: string): Session | undefined
  /** Newest first. */
  list(): readonly Session[]
  /**
   * Settles when the session is ready.
   * @throws TC_ERR_SESSION_LIMIT, TC_ERR_CWD, TC_ERR_COMMAND_NOT_FOUND, TC_ERR_TERMINAL_HOST, or what vetoed it
   */
  start(request: StartRequest): Promise<Session>
  /** @throws TC_ERR_SESSION_NOT_FOUND, TC_ERR_SESSION_CLOSED, TC_ERR_INPUT_REJECTED, TC_ERR_UNKNOWN_KEY */
  input(id: string, input: TerminalInput, author: Author): Promise<InputReceipt>
  resize(id: string, cols: number, rows: number): Promise<Session>
  rename(id: string, change: Pick<SessionChange, 'title' | 'description'>): Promise<Session>
  /** Ends the terminal. Closing a closed session changes nothing. */
  close(id: string, reason: string, options?: CloseOptions): Promise<Session>
  screen(id: string): Promise<Screen>
  /** Remembers what an adapter made of the session; null forgets it. */
  setMetadata(id: string, adapterType: string, metadata: ChannelMetadata | null): void
  /** Told of every session that appears, changes or goes, after it has. */
  onChange(listener: (session: Session, change: SessionChange | 'created' | 'removed') => void): Disposable
}

/** The service key of {@link Sessions}. */
export const SessionsService = defineService<Sessions>('sessions')
