import { startRedis } from '../../support/redis-server.ts'
import { openRedisHops } from '../floors/redis-hops.ts'
import { openUnixSocket } from '../floors/unix-socket.ts'
import { median } from '../measure/percentile.ts'
import { timesInTurn } from '../measure/time.ts'
import type { BenchDaemon } from '../processes/daemon.ts'
import { startMesh } from '../processes/mesh.ts'
import type { Figure, Row } from '../row.ts'

const TURNS = { warmUp: 2, rounds: 10, calls: 1 }
const AT_ONCE = 64
/** In each turn. */
const [ALONE, MANY] = [200, 1024]

type Request = () => Promise<unknown>

export const remoteRequests: Row = {
  name: 'remote-requests',
  summary: `reading a record of another computer, 1 and ${AT_ONCE} requests at a time`,
  async run() {
    await using redis = await startRedis()
    await using mesh = await startMesh({ here: redis.url, there: redis.url })
    await using hops = await openRedisHops(redis.url)
    await using socket = await openUnixSocket()
    const toThere = await requestTo(mesh.here, 'there')
    const toHere = await requestTo(mesh.there, 'here')
    const bare = () => socket.roundTrip().then(hops.roundTrip)
    const times = await timesInTurn(
      {
        bare: () => inFlight(1, ALONE, bare),
        one: () => inFlight(1, ALONE, toThere),
        bareMany: () => inFlight(AT_ONCE, MANY, hops.roundTrip),
        many: () => inFlight(AT_ONCE, MANY, toThere),
        both: () => Promise.all([inFlight(AT_ONCE, MANY / 2, toThere), inFlight(AT_ONCE, MANY / 2, toHere)]),
      },
      TURNS,
    )
    return figures(times)
  },
}

async function requestTo(daemon: BenchDaemon, computer: string): Promise<Request> {
  const session_id = await daemon.startSession(computer)
  return () => daemon.client.call('session.get', { session_id })
}

/** Makes `count` requests, each as soon as fewer than `atOnce` are under way. */
async function inFlight(atOnce: number, count: number, request: Request): Promise<void> {
  let left = count
  const next = async () => {
    while (left-- > 0) await request()
  }
  await Promise.all(Array.from({ length: atOnce }, next))
}

type Times = Record<'bare' | 'one' | 'bareMany' | 'many' | 'both', readonly number[]>

function figures(times: Times): readonly Figure[] {
  const perSecond = (name: keyof Times, count: number) => (count * 1000) / median(times[name])
  return [
    {
      what: 'one at a time',
      unit: '/s',
      floor: perSecond('bare', ALONE),
      measured: perSecond('one', ALONE),
      note: 'floor = a round trip on a Unix socket and two Redis hops with bare ioredis',
    },
    {
      what: `${AT_ONCE} at a time`,
      unit: '/s',
      floor: perSecond('bareMany', MANY),
      measured: perSecond('many', MANY),
      note: `floor = ${AT_ONCE} times two Redis hops at a time`,
    },
    {
      what: `both ask each other, ${AT_ONCE} at a time each, together`,
      unit: '/s',
      floor: perSecond('bareMany', MANY),
      measured: perSecond('both', MANY),
    },
  ]
}
