import type { SessionId } from '../ids.ts'

/**
 * A session's life: `starting → ready ⇄ busy → closing → closed | failed`, and back to `starting` when it is started
 * again. `waiting` (an agent asks a person) and `limited` (an agent is out of quota) are variants of `ready`.
 */
export type SessionState =
  | 'starting'
  | 'ready'
  | 'busy'
  | 'waiting'
  | 'limited'
  | 'closing'
  | 'closed'
  | 'failed'

/** The terminal of a session. */
export interface TerminalFacts {
  /** Which backend runs it, e.g. `pty`. */
  readonly backend: string
  readonly cwd: string
  /** Character columns. */
  readonly cols: number
  /** Character rows. */
  readonly rows: number
  readonly pid: number | null
  readonly ttyPath: string | null
  /** What a person on that computer types to work in it without this program, where the backend allows that. */
  readonly attachWith?: string | undefined
  /** It was there before the session, and is somebody's own: never started again, nor ended unless that is asked for. */
  readonly isAdopted?: boolean | undefined
}

/** What an adapter remembers of a session's channel: a topic id, a stream key, a path. JSON values only. */
export type ChannelMetadata = Readonly<Record<string, unknown>>

/** One terminal on one computer. Times are milliseconds since the Unix epoch. */
export interface Session {
  readonly id: SessionId
  /** The owner: the name of the computer where its terminal runs. */
  readonly computer: string
  readonly title: string
  readonly description: string
  /** `shell`, `run` for a one-shot command, or an agent's name. */
  readonly kind: string
  readonly state: SessionState
  /** The name of the computer it was started from. */
  readonly origin: string
  /** The surface it was started through: `mcp`, `cli`, `telegram` … */
  readonly originAdapter: string
  /** Where its output is carried, in order; the first is its primary. */
  readonly adapterTypes: readonly string[]
  readonly adapterMetadata: Readonly<Record<string, ChannelMetadata>>
  readonly terminal: TerminalFacts
  /** What was asked to run instead of the shell: an argument vector, or one string for the shell. */
  readonly command: string | readonly string[] | null
  /** The shell that was asked for, by name or path; absent for the default shell. */
  readonly shell?: string | undefined
  readonly createdAt: number
  readonly updatedAt: number
  readonly lastActivityAt: number
  readonly closedAt: number | null
  readonly closeReason: string | null
  readonly exitCode: number | null
}

/** What changed of a session. Only what changed is there. */
export type SessionChange = Partial<
  Pick<Session, 'title' | 'description' | 'state' | 'terminal' | 'closeReason' | 'exitCode'>
>

const NEXT: Readonly<Record<SessionState, readonly SessionState[]>> = {
  starting: ['ready', 'busy', 'closing', 'closed', 'failed'],
  ready: ['busy', 'waiting', 'limited', 'closing', 'closed', 'failed'],
  busy: ['ready', 'waiting', 'limited', 'closing', 'closed', 'failed'],
  waiting: ['ready', 'busy', 'limited', 'closing', 'closed', 'failed'],
  limited: ['ready', 'busy', 'waiting', 'closing', 'closed', 'failed'],
  closing: ['closed', 'failed'],
  closed: ['starting'],
  failed: ['starting'],
}

export function canBecome(from: SessionState, to: SessionState): boolean {
  return NEXT[from].includes(to)
}

/** Whether a session in this state has, or is about to have, a terminal. */
export function isLive(state: SessionState): boolean {
  return state !== 'closed' && state !== 'failed'
}

/** The name of a session's channel where people read it: `$workstation - title`, `$macbook > $workstation - title`. */
export function topicName(session: Pick<Session, 'origin' | 'computer' | 'title'>): string {
  const route =
    session.origin === session.computer ? `$${session.computer}` : `$${session.origin} > $${session.computer}`
  return `${route} - ${session.title}`
}
