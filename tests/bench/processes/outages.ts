import { sleep, systemClock } from '../../../core/clock.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import type { TcpProxy } from '../../support/tcp-proxy.ts'

/** A way in which a computer loses Redis. */
export interface Outage {
  readonly what: string
  readonly rounds: number
  /** Who is cut off: a computer that reaches Redis directly, or one behind a line of its own. */
  readonly who: 'here' | 'far'
  /** Settles at the moment from which Redis can answer again. */
  happen(redis: RedisServer, line: TcpProxy): Promise<void>
  readonly note?: string
}

const AWAY_MS = 500
const STOPPED_MS = 3000
/** Shorter and longer than it takes to take connections for dead when no other one can be made either. */
const [GONE_SHORTLY_MS, GONE_MS] = [1500, 5000]

export const OUTAGES: readonly Outage[] = [
  {
    what: 'restarted',
    rounds: 2,
    who: 'here',
    happen: redis => restart(redis, false),
    note: 'from the moment when Redis can answer; the worst of several outages',
  },
  { what: 'restarted empty', rounds: 2, who: 'here', happen: redis => restart(redis, true) },
  {
    what: `stopped for ${STOPPED_MS / 1000} s`,
    rounds: 2,
    who: 'here',
    async happen(redis) {
      await redis.pause()
      await sleep(systemClock, STOPPED_MS)
      redis.resume()
    },
  },
  networkGone(GONE_SHORTLY_MS),
  networkGone(GONE_MS),
  {
    ...halfOpen('connections half-open', ''),
    note: 'Redis could answer all the time: this is how long it takes to notice',
  },
  halfOpen('connection for commands half-open', ':commands'),
  halfOpen('connection for reading half-open', ':reader'),
]

function networkGone(ms: number): Outage {
  return {
    what: `network gone for ${ms / 1000} s, connections half-open`,
    rounds: 2,
    who: 'far',
    async happen(_redis, line) {
      line.halfOpen()
      line.freeze()
      await sleep(systemClock, ms)
      line.unfreeze()
    },
  }
}

/** @param greeting of those connections, from their names */
function halfOpen(what: string, greeting: string): Outage {
  return { what, rounds: 3, who: 'far', happen: async (_redis, line) => line.halfOpen(greeting) }
}

async function restart(redis: RedisServer, empty: boolean): Promise<void> {
  await redis.stop({ save: !empty })
  await sleep(systemClock, AWAY_MS)
  await redis.restart({ empty })
}
