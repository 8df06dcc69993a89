import type { Redis } from 'ioredis'
import { type Clock, sleep } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { faultOf } from './faults.ts'
import type { Keys } from './keys.ts'
import { MAILBOX_TTL_SECONDS } from './mailbox-trim.ts'
import type { RedisOptions } from './options.ts'
import type { TransportCounts } from './transport-counts.ts'
import type { TransportLog } from './transport-log.ts'

/**
 * Finds streams that nobody would ever remove: those of a computer that ended before it could say how long they live.
 * It gives them that end, which whoever still writes to them puts off again.
 */
export interface Sweep {
  close(): void
}

export interface SweepParts {
  readonly link: RedisLink
  readonly keys: Keys
  readonly options: Pick<RedisOptions, 'outputTtlSeconds'>
  readonly clock: Clock
  readonly log: TransportLog
  readonly counts: TransportCounts
}

/** After the start there is more urgent work. */
const FIRST_MS = 60_000
const INTERVAL_MS = 3_600_000
/** A step must not hold up the server for anyone, nor the steps together fill its time. */
const STEP = 200
const STEP_PAUSE_MS = 20

export function createSweep({ link, keys, options, clock, log, counts }: SweepParts): Sweep {
  const closing = new AbortController()
  const lives = [
    { prefix: `${keys.prefix}output:`, seconds: options.outputTtlSeconds },
    { prefix: `${keys.prefix}messages:`, seconds: MAILBOX_TTL_SECONDS },
    { prefix: `${keys.prefix}wake:`, seconds: options.outputTtlSeconds },
  ]

  async function repeat(): Promise<void> {
    let waitMs = FIRST_MS
    while (!closing.signal.aborted) {
      // Computers that start together do not sweep together.
      await sleep(clock, waitMs * (0.5 + Math.random()), closing.signal)
      waitMs = INTERVAL_MS
      if (closing.signal.aborted || !link.state.up) continue
      await run().catch(thrown => {
        // A user who may not scan can do everything else: the link need not know.
        if (!closing.signal.aborted) log.often('sweep', `sweeping failed: Redis ${faultOf(thrown).text}`)
      })
    }
  }

  async function run(): Promise<void> {
    for (const node of link.nodes()) await sweepNode(node)
  }

  async function sweepNode(node: string): Promise<void> {
    const connection = await link.connect(node, 'sweep', 0)
    const giveUp = () => connection.disconnect()
    closing.signal.addEventListener('abort', giveUp)
    let cursor = '0'
    try {
      do {
        const [next, names] = await connection.scan(
          cursor,
          'MATCH',
          `${keys.prefix}*`,
          'COUNT',
          STEP,
          'TYPE',
          'stream',
        )
        await limit(connection, names)
        cursor = next
        if (cursor !== '0') await sleep(clock, STEP_PAUSE_MS, closing.signal)
      } while (cursor !== '0' && !closing.signal.aborted)
    } finally {
      closing.signal.removeEventListener('abort', giveUp)
      connection.disconnect()
    }
  }

  /** Gives those without an end of life one. */
  async function limit(connection: Redis, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const life = lives.find(({ prefix }) => name.startsWith(prefix))
      if (!life || (await connection.ttl(name)) !== -1) continue
      await connection.expire(name, life.seconds)
      counts.swept += 1
    }
  }

  void repeat()
  return {
    close: () => closing.abort(),
  }
}
