import { defineService } from '../host/service.ts'
import type { SessionId } from '../ids.ts'
import type { Append, SourcePosition } from '../journal/journal.ts'
import type { Session, TerminalFacts } from './session.ts'
import type { CloseOptions } from './sessions.ts'

/** What to run in a new terminal. */
export interface TerminalSpec {
  readonly session: Session
  /** Variables on top of the clean login environment. */
  readonly env: Readonly<Record<string, string>>
  /** A terminal that is there already, to be taken over instead, as it was given with the request to start. */
  readonly existing?: unknown
}

/** What to type. `text` is laid out for the program (pasted where it has lines); `raw` goes as it is; `keys` are key names. */
export type TerminalInput =
  | { readonly type: 'text'; readonly text: string; readonly submit: boolean }
  | { readonly type: 'raw'; readonly data: string }
  | { readonly type: 'keys'; readonly keys: readonly string[] }

/** The screen as a person would see it now. */
export interface Screen {
  /** One string per row, trailing blanks removed. */
  readonly lines: readonly string[]
  /** Zero-based. */
  readonly cursor: { readonly row: number; readonly col: number }
  readonly cols: number
  readonly rows: number
  readonly title: string
  readonly alternate: boolean
}

/** What bounds the terminals of this computer. Null is without a bound, or not known. */
export interface TerminalLimits {
  readonly maxSessions: number | null
  /** Sessions in which nothing was typed or printed for so long are ended. */
  readonly idleTimeoutMs: number | null
  /** Below this much available memory no session is started. */
  readonly memoryFloorBytes: number | null
  readonly memoryAvailableBytes: number | null
}

/** Runs the terminals of this computer's sessions. Provided by the terminal plugin. */
export interface Terminals {
  /** The shells on this computer that mark their prompts, so that the end of a command is known. */
  readonly shells?: readonly string[]
  /** As they are now. */
  limits?(): TerminalLimits
  /**
   * Starts the terminal; settles when the program runs and, where the shell gives marks, its first prompt is there.
   * @throws TC_ERR_CWD, TC_ERR_COMMAND_NOT_FOUND, TC_ERR_TERMINAL_HOST, TC_ERR_SESSION_LIMIT, TC_ERR_LOW_MEMORY
   */
  start(spec: TerminalSpec): Promise<TerminalFacts>
  /** Whether the shell has marked its prompt and nothing was submitted since: what is typed now starts a command. */
  isAtPrompt(session: SessionId): boolean
  /**
   * Settles when the terminal has been handed the bytes.
   * @throws TC_ERR_SESSION_CLOSED, TC_ERR_UNKNOWN_KEY, TC_ERR_TERMINAL_HOST
   */
  write(session: SessionId, input: TerminalInput): Promise<void>
  resize(session: SessionId, cols: number, rows: number): Promise<void>
  /** Asks the program to end (SIGHUP), then makes it end (SIGKILL) after a grace time; settles when it has. */
  close(session: SessionId, options?: CloseOptions): Promise<void>
  screen(session: SessionId): Promise<Screen>
}

/** The service key of {@link Terminals}. */
export const TerminalsService = defineService<Terminals>('terminals')

/** How a terminal ended. */
export interface TerminalExit {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Set when it did not end by itself: the host died, the computer restarted. The session is then `failed`. */
  readonly failure?: string
}

/** What the terminal plugin tells core. Provided by core. */
export interface TerminalSink {
  /** Sessions that had a running terminal when the daemon last knew. */
  live(): readonly Session[]
  /** Where the journal ends in the terminal's byte stream. */
  lastSource(session: SessionId): SourcePosition | null
  /** Whether the journal ends at a prompt: the newest mark is one, and nothing was typed since. */
  isAtPrompt(session: SessionId): boolean
  /** Appends to the journal; settles when committed. Marks move the session between `ready` and `busy`. */
  append(session: SessionId, entries: readonly Append[]): Promise<void>
  /** The newest output bytes of a session, oldest first, at most `maxBytes`. */
  recentOutput(session: SessionId, maxBytes: number): readonly Uint8Array[]
  /** The terminal has ended and all of its output is appended. */
  exited(session: SessionId, exit: TerminalExit): Promise<void>
  /** The program's own idea of where it is, or what it is, changed. */
  changed(session: SessionId, facts: Partial<TerminalFacts>): void
}

/** The service key of {@link TerminalSink}. */
export const TerminalSinkService = defineService<TerminalSink>('terminal-sink')
