import type { Redis } from 'ioredis'
import {
  type CarrierState,
  type Clock,
  isTeleclaudeError,
  type PluginContext,
  sleep,
  TeleclaudeError,
} from '../../core/index.ts'
import type { RedisCommands, RedisFailure, RedisLink } from './connection.ts'
import { beginSoonest } from './connection-attempts.ts'
import type { RedisClients } from './connection-clients.ts'
import type { ConnectionLife } from './connection-life.ts'
import { type Ending, endOf } from './connection-successor.ts'
import { faultOf, type RedisFault } from './faults.ts'

/** The longest pause before the next attempt, so that work goes on within a second of Redis coming back. */
const MAX_PAUSE_MS = 500
const FIRST_PAUSE_MS = 20
/** The pause where somebody must act first: a server is not hammered with a wrong password. */
const LASTING_PAUSE_MS = 5000
/** A connection that lived shorter does not count as a success: the pauses go on growing. */
const STABLE_MS = 5000

export interface LinkParts {
  readonly clients: RedisClients
  readonly proofKey: string
  readonly clock: Clock
  readonly log: PluginContext['log']
}

/** Connects to Redis and stays connected, without waiting for it. */
export function createLink(parts: LinkParts): RedisLink {
  return new ReconnectingLink(parts)
}

class ReconnectingLink implements RedisLink {
  readonly #parts: LinkParts
  readonly #stop = new AbortController()
  readonly #listeners = new Set<(state: CarrierState) => void>()
  readonly #loop: Promise<void>
  #state: CarrierState
  #life: ConnectionLife | null = null
  #patienceMs = 0

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.#state = { up: false, problem: `${parts.clients.name} is being connected to` }
    this.#loop = this.#stayConnected()
  }

  get state(): CarrierState {
    return this.#state
  }

  onState(listener: (state: CarrierState) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  get commands(): RedisCommands {
    const life = this.#alive
    life.use()
    return life.commands
  }

  get patienceMs(): number {
    return this.#life?.patienceMs ?? this.#patienceMs
  }

  nodeOf(key: string): string {
    return this.#alive.nodes.of(key)
  }

  nodes(): readonly string[] {
    return this.#alive.nodes.all()
  }

  async connect(node: string, purpose: string, blockMs: number): Promise<Redis> {
    try {
      return await this.#alive.connect(node, purpose, blockMs)
    } catch (thrown) {
      throw this.failed(thrown).error
    }
  }

  failed(thrown: unknown): RedisFailure {
    if (isTeleclaudeError(thrown)) return { error: thrown, outcome: 'refused' }
    const fault = faultOf(thrown)
    if (fault.kind === 'server') this.#life?.drop(fault)
    if (fault.kind === 'connection') this.#life?.check()
    return { error: this.#error(fault), outcome: fault.isRefused ? 'refused' : 'unknown' }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#life?.close()
    await this.#loop
  }

  get #alive(): ConnectionLife {
    if (this.#life) return this.#life
    const problem = this.#state.up ? `${this.#parts.clients.name} is not connected` : this.#state.problem
    throw new TeleclaudeError('TC_ERR_TRANSPORT', problem)
  }

  async #stayConnected(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#stop
    let successor: ConnectionLife | null = null
    for (let failures = 0; successor || !signal.aborted; ) {
      const ending = await this.#live(successor)
      const { fault, livedMs } = ending
      successor = ending.successor
      this.#life = null
      this.#tell({ up: false, problem: this.#error(fault).message })
      failures = livedMs < STABLE_MS ? failures + 1 : 1
      if (!successor) await sleep(clock, pauseMs(fault, failures), signal)
    }
  }

  /** Connects, where there is no `successor` yet, and settles when that failed, or the connection did. */
  async #live(successor: ConnectionLife | null): Promise<Ending & { livedMs: number }> {
    const { clock } = this.#parts
    const { signal } = this.#stop
    const { patienceMs } = this
    try {
      const life = successor ?? (await beginSoonest({ ...this.#parts, signal, patienceMs }))
      this.#life = life
      const bornAt = clock.monotonic()
      if (signal.aborted) await life.close()
      else this.#tell({ up: true })
      const ending = await endOf(life, { ...this.#parts, signal })
      this.#patienceMs = life.patienceMs
      return { ...ending, livedMs: clock.monotonic() - bornAt }
    } catch (thrown) {
      return { fault: faultOf(thrown), successor: null, livedMs: 0 }
    }
  }

  #error({ text }: RedisFault): TeleclaudeError {
    return new TeleclaudeError('TC_ERR_TRANSPORT', `${this.#parts.clients.name} ${text}`)
  }

  #tell(state: CarrierState): void {
    const before = this.#state
    if (before.up === state.up && (state.up || (!before.up && before.problem === state.problem))) return
    this.#state = state
    const { clients, log } = this.#parts
    if (state.up) log.info(`${clients.name} is connected`)
    else if (!this.#stop.signal.aborted) log.warn(state.problem)
    for (const listener of [...this.#listeners]) this.#callBack(listener, state)
  }

  /** A listener that throws must not end the loop. */
  #callBack(listener: (state: CarrierState) => void, state: CarrierState): void {
    try {
      listener(state)
    } catch (err) {
      this.#parts.log.error({ err }, 'what follows a change of the connection failed')
    }
  }
}

/** Jittered, so that computers that lost one Redis do not come back in step. */
function pauseMs({ isLasting }: RedisFault, failures: number): number {
  const full = isLasting ? LASTING_PAUSE_MS : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
  return full / 2 + (Math.random() * full) / 2
}
