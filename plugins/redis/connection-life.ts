import type { Cluster, Redis } from 'ioredis'
import { type Clock, type Timer, withDeadline } from '../../core/index.ts'
import type { RedisCommands } from './connection.ts'
import type { RedisClients } from './connection-clients.ts'
import { type Nodes, nodesOf } from './connection-nodes.ts'
import { createPulse, type Pulse } from './connection-pulse.ts'
import { faultOf, type RedisFault } from './faults.ts'

/** How often a connection is tried, so that a dead one is noticed before somebody needs it. */
const PULSE_MS = 2000
/** How soon it is tried after somebody used it, so that they do not wait in vain for long. */
const PULSE_IN_USE_MS = 250
/** What proves that writes are taken goes by itself after so long. */
const PROOF_TTL_MS = 3_600_000
/** Sockets that were dropped are gone in an instant; nobody waits for one that is not. */
const CLOSE_MS = 1000

export interface LifeParts {
  readonly clients: RedisClients
  /** A stream of this computer's own: a write into it proves that writes are taken. */
  readonly proofKey: string
  readonly clock: Clock
  /** Aborts to give up while connecting. */
  readonly signal: AbortSignal
}

/** Connects, logs in, and proves that Redis takes writes. @throws what {@link faultOf} reads */
export async function beginLife({ clients, proofKey, clock, signal }: LifeParts): Promise<ConnectionLife> {
  const client = clients.forCommands()
  const cause = causeOf(client)
  const nodes = nodesOf(client, clients.slotOf)
  const pulse = createPulse(nodes, clock)
  const giveUp = () => client.disconnect()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    const established = establish(client, pulse, proofKey)
    await withDeadline(clock, established, clients.connectMs, () => new Error('timeout'))
    return new ConnectionLife(client, nodes, pulse, clients, clock)
  } catch (thrown) {
    client.disconnect()
    throw cause(thrown)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** One connection for commands, and those made beside it, until it fails or is dropped. */
export class ConnectionLife {
  readonly commands: RedisCommands
  readonly nodes: Nodes
  /** Settles with what was wrong. Never rejects. */
  readonly ended: Promise<RedisFault>
  readonly #client: Redis | Cluster
  readonly #clients: RedisClients
  readonly #clock: Clock
  readonly #pulse: Pulse
  readonly #others = new Set<Redis>()
  #end: (fault: RedisFault) => void = () => undefined
  #onSilence: (over: AbortSignal) => void = () => undefined
  #nextCheck: Timer | undefined
  #isInUse = false
  #isChecking = false
  /** Of several nodes; the first is handled. */
  #silences: readonly AbortSignal[] = []
  #hasEnded = false

  constructor(client: Redis | Cluster, nodes: Nodes, pulse: Pulse, clients: RedisClients, clock: Clock) {
    this.commands = client
    this.nodes = nodes
    this.#client = client
    this.#pulse = pulse
    this.#clients = clients
    this.#clock = clock
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    const cause = causeOf(client)
    nodes.onLost(() => this.drop(faultOf(cause(new Error('closed')))))
    this.#scheduleCheck(PULSE_MS)
  }

  /** How long a connection that owes an answer may be silent. */
  get patienceMs(): number {
    return this.#pulse.patienceMs
  }

  /** Somebody uses it. */
  use(): void {
    if (this.#isInUse) return
    this.#isInUse = true
    this.#scheduleCheck(PULSE_IN_USE_MS)
  }

  /** Called whenever a node has been silent for longer than its answers take, until `over`; one silence after the other. */
  onSilence(listener: (over: AbortSignal) => void): void {
    this.#onSilence = listener
  }

  /** @throws what {@link faultOf} reads */
  async connect(node: string, purpose: string, blockMs: number): Promise<Redis> {
    if (this.#hasEnded) throw new Error('closed')
    this.use()
    const redis = this.#clients.toNode(node, purpose, blockMs)
    const cause = causeOf(redis)
    this.#others.add(redis)
    redis.once('end', () => this.#others.delete(redis))
    try {
      await withDeadline(this.#clock, redis.connect(), this.#clients.connectMs, () => new Error('timeout'))
      return redis
    } catch (thrown) {
      redis.disconnect()
      throw cause(thrown)
    }
  }

  /** Finds out whether it is well, and drops it if not. */
  check(): void {
    if (this.#isChecking || this.#hasEnded) return
    this.#isChecking = true
    const dropIfUnwell = (thrown: unknown) => {
      const fault = faultOf(thrown)
      if (fault.kind !== 'reply') this.drop(fault)
    }
    this.#pulse
      .ask(over => this.#silent(over))
      .catch(dropIfUnwell)
      .finally(() => {
        this.#isChecking = false
      })
  }

  drop(fault: RedisFault): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#nextCheck?.cancel()
    this.#client.disconnect()
    for (const redis of this.#others) redis.disconnect()
    this.#end(fault)
  }

  /** Drops it, and settles when nothing is left of it. */
  async close(): Promise<void> {
    const gone = [this.#client, ...this.#others].map(whenEnded)
    this.drop(faultOf(new Error('closed')))
    // Of what is not gone by then nobody can do more.
    await withDeadline(this.#clock, Promise.all(gone), CLOSE_MS, () => new Error('timeout')).catch(
      () => undefined,
    )
  }

  #silent(over: AbortSignal): void {
    if (this.#hasEnded) return
    this.#silences = [...this.#silences, over]
    over.addEventListener('abort', () => this.#silenceOver(over), { once: true })
    if (this.#silences.length === 1) this.#onSilence(over)
  }

  #silenceOver(over: AbortSignal): void {
    const wasHandled = this.#silences[0] === over
    this.#silences = this.#silences.filter(other => other !== over)
    const [next] = this.#silences
    if (wasHandled && next && !this.#hasEnded) this.#onSilence(next)
  }

  #scheduleCheck(afterMs: number): void {
    const check = () => {
      this.#isInUse = false
      this.check()
      this.#scheduleCheck(PULSE_MS)
    }
    this.#nextCheck?.cancel()
    this.#nextCheck = this.#hasEnded ? undefined : this.#clock.setTimeout(check, afterMs, { ref: false })
  }
}

async function establish(client: Redis | Cluster, pulse: Pulse, proofKey: string): Promise<void> {
  await client.connect()
  const proof = client.pipeline().xadd(proofKey, 'MAXLEN', 1, '*', 'connected', '')
  const replies = await proof.pexpire(proofKey, PROOF_TTL_MS).exec()
  for (const [error] of replies ?? []) if (error) throw error
  await pulse.ask(() => undefined)
}

/** Why a client failed is told in events; what it rejects with says mostly that it was closed. */
export function causeOf(client: Redis | Cluster): (thrown: unknown) => unknown {
  const told: { sentinel?: unknown; node?: unknown } = {}
  client.on('sentinelError', (error: unknown) => {
    told.sentinel = error
  })
  for (const event of ['error', 'node error']) {
    client.on(event, (error: unknown) => {
      told.node = error
    })
  }
  const isReply = (thrown: unknown) => thrown instanceof Error && thrown.name === 'ReplyError'
  return thrown => (isReply(thrown) ? thrown : (told.sentinel ?? told.node ?? thrown))
}

function whenEnded(client: Redis | Cluster): Promise<void> {
  if (client.status === 'end') return Promise.resolve()
  return new Promise(resolve => client.once('end', () => resolve()))
}
