import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startRedis } from '../../support/redis-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { startMcp } from '../measure/mcp-client.ts'
import { median, percentile } from '../measure/percentile.ts'
import { timesInTurn, timesOf } from '../measure/time.ts'
import { type BenchDaemon, BIN } from '../processes/daemon.ts'
import { startMesh } from '../processes/mesh.ts'
import { COMMAND, timesOfCold } from '../processes/remote-sends.ts'
import type { Figure, Row } from '../row.ts'

const DELAY_MS = 10
/** Each of the delayed takes 50 ms or more. */
const TURNS = { warmUp: 30, rounds: 10, calls: 8 }
const COLD = 15
const PINGS = 50

export const remoteSendFar: Row = {
  name: 'remote-send-far',
  summary: `the same with ${2 * DELAY_MS} ms to Redis and back`,
  async run() {
    await using redis = await startRedis()
    const slow = join(redis.dir, 'slow.sock')
    await using line = await startTcpProxy({ to: redis.url, listen: slow })
    await using mesh = await startMesh({ here: redis.url, there: redis.url, far: slow, beyond: slow })
    line.setDelay(DELAY_MS)
    await using undelayed = await openSender(mesh.here, 'there')
    await using far = await openSender(mesh.far, 'there')
    await using bothFar = await openSender(mesh.far, 'beyond')
    const times = await timesInTurn(
      { undelayed: undelayed.send, far: far.send, bothFar: bothFar.send },
      TURNS,
    )
    const cold = { ...mesh, here: mesh.far, shim: far.shim, count: COLD }
    return figures({
      ...times,
      roundTrip: await timesOfPing(slow),
      direct: await timesOfPing(redis.url),
      farCold: await timesOfCold(cold),
      bothFarCold: await timesOfCold({ ...cold, there: mesh.beyond, thereName: 'beyond' }),
    })
  },
}

/** A client of MCP with a session on another computer. */
async function openSender(here: BenchDaemon, there: string) {
  const shim = await startMcp(BIN, ['mcp'], here.env)
  const session_id = await here.startSession(there)
  return {
    shim,
    send: () => shim.call('teleclaude__send', { session_id, message: COMMAND }),
    [Symbol.asyncDispose]: () => shim[Symbol.asyncDispose](),
  }
}

async function timesOfPing(url: string): Promise<readonly number[]> {
  const redis = new Redis(url)
  const times = await timesOf(PINGS, () => redis.ping())
  redis.disconnect()
  return times
}

type Case = 'far' | 'bothFar' | 'farCold' | 'bothFarCold'
type Times = Record<'undelayed' | 'roundTrip' | 'direct' | Case, readonly number[]>

function figures(times: Times): readonly Figure[] {
  const roundTrip = median(times.roundTrip) - median(times.direct)
  const trips = (name: Case) => (median(times[name]) - median(times.undelayed)) / roundTrip
  return [
    { what: 'p50, undelayed', unit: 'ms', measured: median(times.undelayed) },
    { what: 'p50, asked from far', unit: 'ms', measured: median(times.far) },
    { what: 'p99, asked from far', unit: 'ms', measured: percentile(times.far, 0.99) },
    {
      what: 'over undelayed, asked from far',
      unit: 'round trips',
      measured: trips('far'),
      target: { of: 'value', atMost: 2.5 },
      note: `a round trip is what bare ioredis finds to be added to a PING, ${roundTrip.toFixed(2)} ms`,
    },
    { what: 'over undelayed, both far', unit: 'round trips', measured: trips('bothFar') },
    { what: 'over undelayed, asked from far, cold', unit: 'round trips', measured: trips('farCold') },
    { what: 'over undelayed, both far, cold', unit: 'round trips', measured: trips('bothFarCold') },
  ]
}
