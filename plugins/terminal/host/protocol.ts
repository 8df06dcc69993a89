/**
 * What daemon and pty host say to each other. A host outlives daemons, so a newer daemon meets an older host:
 * both sides say which versions they speak, and take the newest common one. Unknown fields and message types are
 * ignored.
 */
export const PROTOCOL = { min: 1, max: 3 } as const
/** The first version in which the host presses Enter behind a text. */
export const SUBMITS = 2
/** The first version in which the host knows tmux. */
export const TMUX = 3

/** How the host begins to say why no program can be started in a terminal at all. */
export const NO_NODE_PTY = 'node-pty does not load'

export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** The newest version in both ranges, or null. */
export function commonVersion(a: VersionRange, b: VersionRange): number | null {
  const version = Math.min(a.max, b.max)
  return version >= Math.max(a.min, b.min) ? version : null
}

/** How the program of a terminal ended. */
export interface ProgramExit {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Set where something else ended it, or nobody knows how it ended. */
  readonly failure?: string
}

/** How much output the host keeps, and how long it makes a program wait, before it lets the oldest bytes go. */
export interface Retention {
  /** Unacknowledged bytes above which a program waits while a daemon reads. */
  readonly highWaterBytes: number
  /** Bytes kept of a terminal while nobody reads. */
  readonly ringBytes: number
  /** How long a program is made to wait for a reader before the oldest bytes go. */
  readonly pauseMs: number
}

export interface SpawnRequest {
  readonly id: string
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly cols: number
  readonly rows: number
  readonly retention: Retention
  /** Kept for the daemon, and given back to the next one. */
  readonly meta: unknown
  /** To run it in a pane of tmux rather than in a terminal of ours. */
  readonly tmux?: TmuxSettings
}

/** How tmux is to run a program. */
export interface TmuxSettings {
  /** The path of tmux. */
  readonly program: string
  /** The person's own settings, or null for none. */
  readonly config: string | null
  readonly windowSize: 'smallest' | 'latest'
  /** What programs are told that the terminal is. */
  readonly term: string
}

/** A pane that is there already. */
export interface AdoptRequest {
  readonly id: string
  readonly tmux: { readonly program: string; readonly socket: string; readonly target: string }
  readonly retention: Retention
  readonly meta: unknown
}

/** What a host tells of itself to whom it does not serve. */
export interface HostFacts {
  readonly pid: number
  /** Of the program that started it. */
  readonly version: string
  readonly protocol: VersionRange
  /** The ids of its terminals. */
  readonly terminals: readonly string[]
}

/** A terminal, as the host describes it. */
export interface HostedTerminal {
  readonly id: string
  /** Short name of the terminal on this connection. */
  readonly channel: number
  /** Random name of this run: byte offsets are only comparable within it. */
  readonly stream: string
  readonly pid: number
  readonly tty: string
  readonly meta: unknown
  /** Output is kept from this offset on, and given from here after `attach`. */
  readonly acked: number
  /** What the daemon sent along with its last `ack`; null before the first. */
  readonly checkpoint: unknown
  /** The pane that it is, where it is one. */
  readonly tmux?: HostedPane
}

/** What only a terminal in tmux has. */
export interface HostedPane {
  readonly program: string
  readonly socket: string
  /** `%3` */
  readonly pane: string
  readonly isAdopted: boolean
  /** An earlier host had it, and ended: what it had not handed on is lost. */
  readonly isRecovered: boolean
  /** Where its program was when the host took it up. */
  readonly cwd: string
  readonly cols: number
  readonly rows: number
}

export type ToHost =
  | { readonly type: 'hello'; readonly protocol: VersionRange }
  | ({ readonly type: 'spawn'; readonly request: number } & SpawnRequest)
  | ({ readonly type: 'adopt'; readonly request: number } & AdoptRequest)
  | { readonly type: 'attach'; readonly channel: number }
  | { readonly type: 'ack'; readonly channel: number; readonly offset: number; readonly checkpoint: unknown }
  | { readonly type: 'resize'; readonly channel: number; readonly cols: number; readonly rows: number }
  | { readonly type: 'close'; readonly channel: number; readonly graceMs: number; readonly kill?: boolean }
  | { readonly type: 'forget'; readonly channel: number }

export type FromHost =
  | {
      readonly type: 'welcome'
      readonly protocol: number
      readonly pid: number
      readonly terminals: readonly HostedTerminal[]
    }
  /** `host` came later than the first hosts: whoever only wants to know asks in a version that there is not. */
  | { readonly type: 'refused'; readonly reason: string; readonly host?: HostFacts }
  | { readonly type: 'replaced' }
  | { readonly type: 'spawned'; readonly request: number; readonly terminal: HostedTerminal }
  | { readonly type: 'failed'; readonly request: number; readonly message: string }
  | {
      readonly type: 'dropped'
      readonly channel: number
      readonly offset: number
      readonly bytes: number
    }
  | { readonly type: 'taken'; readonly channel: number; readonly bytes: number }
  | { readonly type: 'submitted'; readonly channel: number }
  | { readonly type: 'resized'; readonly channel: number; readonly cols: number; readonly rows: number }
  | { readonly type: 'unread'; readonly channel: number; readonly reason: string }
  | ({ readonly type: 'exit'; readonly channel: number; readonly offset: number } & ProgramExit)
