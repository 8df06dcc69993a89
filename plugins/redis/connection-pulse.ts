import type { Redis } from 'ioredis'
import type { Clock } from '../../core/index.ts'
import type { Nodes } from './connection-nodes.ts'
import { watchSilence } from './connection-silence.ts'

/** Whoever is near answers in a fraction of this, even when a packet was lost on the way. */
const LEAST_PATIENCE_MS = 350
/** What a slow line, 512 kbit/s, takes away: what was written before a question goes before it. */
const LEAST_BYTES_PER_MS = 64

/** Asks nodes whether they are there, and learns how long their answers take. */
export interface Pulse {
  /** How long a connection that owes an answer may be silent. */
  readonly patienceMs: number
  /** Settles when every node has answered. `onSilence`: one does not, so far; see {@link watchSilence}. */
  ask(onSilence: (over: AbortSignal) => void): Promise<void>
}

export function createPulse(nodes: Nodes, clock: Clock): Pulse {
  const known = new WeakMap<Redis, Acquaintance>()

  function acquaintanceWith(node: Redis): Acquaintance {
    const acquaintance = known.get(node) ?? new Acquaintance()
    known.set(node, acquaintance)
    return acquaintance
  }

  async function askOne(node: Redis, onSilence: (over: AbortSignal) => void): Promise<void> {
    const acquaintance = acquaintanceWith(node)
    const askedAt = clock.monotonic()
    const answered = nodes.ping(node)
    const written = writtenTo(node)
    const patienceMs = () => acquaintance.patienceMs + acquaintance.uploadMs(writtenTo(node))
    const watch = watchSilence({ connection: node, clock, patienceMs, onSilence })
    watch.due(0)
    try {
      await answered
    } finally {
      watch[Symbol.dispose]()
    }
    acquaintance.answered(written, askedAt, clock.monotonic())
  }

  return {
    get patienceMs() {
      return Math.max(LEAST_PATIENCE_MS, ...nodes.clients().map(node => acquaintanceWith(node).patienceMs))
    },
    async ask(onSilence) {
      await Promise.all(nodes.clients().map(node => askOne(node, onSilence)))
    },
  }
}

/** What is known of the way to a node. */
class Acquaintance {
  #roundTripMs = 0
  #bytesPerMs = LEAST_BYTES_PER_MS
  #arrived = { bytes: 0, at: 0 }

  get patienceMs(): number {
    return Math.max(LEAST_PATIENCE_MS, 2 * this.#roundTripMs)
  }

  /** How long what has been written, and may be on its way still, takes to arrive. */
  uploadMs(written: number): number {
    return Math.max(0, written - this.#arrived.bytes) / this.#bytesPerMs
  }

  /** A question was answered; so all has arrived that was written up to it. */
  answered(written: number, askedAt: number, now: number): void {
    // A server that stood still for once is not far away; one that is will have taken long the next time too.
    const tookMs = Math.min(now - askedAt, Math.max(LEAST_PATIENCE_MS, 2 * this.#roundTripMs))
    // Slower at once, faster by and by.
    this.#roundTripMs = Math.max(tookMs, (this.#roundTripMs + tookMs) / 2)
    const rate = (written - this.#arrived.bytes) / Math.max(1, now - this.#arrived.at)
    this.#bytesPerMs = Math.max(LEAST_BYTES_PER_MS, rate)
    this.#arrived = { bytes: written, at: now }
  }
}

function writtenTo(node: Redis): number {
  // A node of a cluster has no socket before it is first asked.
  const socket = node.stream as Redis['stream'] | undefined
  return socket?.bytesWritten ?? 0
}
