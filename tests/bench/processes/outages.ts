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
  /** Whether it was noticed before it was over. */
  readonly isKnown: boolean
  readonly note?: string
}

const AWAY_MS = 500
const STOPPED_MS = 3000
/** Longer than it takes to notice that connections are dead. */
const GONE_MS = 5000

export const OUTAGES: readonly Outage[] = [
  {
    what: 'restarted',
    rounds: 2,
    who: 'here',
    happen: redis => restart(redis, false),
    isKnown: true,
    note: 'from the moment when Redis can answer; the worst of several outages',
  },
  { what: 'restarted empty', rounds: 2, who: 'here', happen: redis => restart(redis, true), isKnown: true },
  {
    what: `stopped for ${STOPPED_MS / 1000} s`,
    rounds: 2,
    who: 'here',
    async happen(redis) {
      await redis.pause()
      await sleep(systemClock, STOPPED_MS)
      redis.resume()
    },
    isKnown: true,
  },
  {
    what: `network gone for ${GONE_MS / 1000} s, connections half-open`,
    rounds: 2,
    who: 'far',
    async happen(_redis, line) {
      line.halfOpen()
      line.freeze()
      await sleep(systemClock, GONE_MS)
      line.unfreeze()
    },
    isKnown: true,
  },
  {
    what: 'connections half-open',
    rounds: 1,
    who: 'far',
    async happen(_redis, line) {
      line.halfOpen()
    },
    isKnown: false,
    note: 'Redis could answer all the time: this is how long it takes to notice',
  },
]

async function restart(redis: RedisServer, empty: boolean): Promise<void> {
  await redis.stop({ save: !empty })
  await sleep(systemClock, AWAY_MS)
  await redis.restart({ empty })
}
