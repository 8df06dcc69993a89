import type { Redis, RedisCommander } from 'ioredis'
import type { CarrierState, TeleclaudeError } from '../../core/index.ts'

/** Single commands on one key, and pipelines whose commands all have the same key: more does not work in a cluster. */
export type RedisCommands = RedisCommander & Pick<Redis, 'pipeline'>

/** What became of a command that failed. */
export interface RedisFailure {
  /** TC_ERR_TRANSPORT with a text of ours alone: what Redis or ioredis say may quote keys, values and passwords. */
  readonly error: TeleclaudeError
  /** `refused`: Redis answered that it was not done. `unknown`: the connection broke, so it may have been done. */
  readonly outcome: 'refused' | 'unknown'
}

/**
 * The connection to Redis, made anew whenever it fails. While it is down everything here fails at once: nothing is
 * queued, and nothing is sent twice.
 */
export interface RedisLink {
  /** Up means: connected, authenticated, and Redis takes writes. */
  readonly state: CarrierState
  /** Called at every change, at once. When it goes down all {@link connect | connections} have been dropped. */
  onState(listener: (state: CarrierState) => void): Disposable
  /**
   * For commands that do not block. Whoever sees one fail hands what was thrown to {@link failed}.
   * @throws TC_ERR_TRANSPORT while the link is down
   */
  readonly commands: RedisCommands
  /** How long a connection that owes an answer may be silent, before another one is tried in its place. */
  readonly patienceMs: number
  /** The node that holds a key; one and the same for all keys but in a cluster. @throws TC_ERR_TRANSPORT while the link is down */
  nodeOf(key: string): string
  /** Every node that holds keys. @throws TC_ERR_TRANSPORT while the link is down */
  nodes(): readonly string[]
  /**
   * Makes a connection of its own to a node, for reads that block or scans. It never reconnects: it ends (event `end`,
   * what was under way is rejected) when the server closes it, when no answer came within `blockMs` and the deadline of
   * commands, and when the link goes down. End it with `disconnect()`.
   * @throws TC_ERR_TRANSPORT
   */
  connect(node: string, purpose: string, blockMs: number): Promise<Redis>
  /** Tells what was thrown by a command or a connection, and lets the link draw its conclusions. Never throws. */
  failed(thrown: unknown): RedisFailure
  close(): Promise<void>
}
