import { startRedis } from '../../support/redis-server.ts'
import { openSendFloor, type SendFloorPart, sendFloor } from '../floors/local-send.ts'
import { openRedisHops } from '../floors/redis-hops.ts'
import { startMcp } from '../measure/mcp-client.ts'
import { median, percentile } from '../measure/percentile.ts'
import { timesInTurn } from '../measure/time.ts'
import { BIN } from '../processes/daemon.ts'
import { startMesh } from '../processes/mesh.ts'
import { COMMAND, timesOfCold, timesOfFresh } from '../processes/remote-sends.ts'
import type { Figure, Row } from '../row.ts'

const TURNS = { warmUp: 300, rounds: 12, calls: 60 }
const COLD = 40

export const remoteSend: Row = {
  name: 'remote-send',
  summary: `send '${COMMAND}' over stdio MCP to a session on another computer`,
  async run() {
    await using redis = await startRedis()
    await using mesh = await startMesh({ here: redis.url, there: redis.url })
    await using shim = await startMcp(BIN, ['mcp'], mesh.here.env)
    await using floor = await openSendFloor(COMMAND)
    await using hops = await openRedisHops(redis.url)
    const session_id = await mesh.here.startSession('there')
    const times = await timesInTurn(
      {
        send: () => shim.call('teleclaude__send', { session_id, message: COMMAND }),
        ...floor.parts,
        hops: () => hops.roundTrip(),
      },
      TURNS,
    )
    const cold = await timesOfCold({ ...mesh, shim, count: COLD })
    const fresh = await timesOfFresh({ ...mesh, shim, count: COLD })
    return figures({ ...times, cold, fresh })
  },
}

type Times = Record<'send' | 'hops' | 'cold' | 'fresh' | SendFloorPart, readonly number[]>

function figures(times: Times): readonly Figure[] {
  const local = sendFloor(times)
  const hop = median(times.hops) / 2
  const floor = local.ms + 4 * hop
  return [
    {
      what: 'warm send p50',
      unit: 'ms',
      floor,
      measured: median(times.send),
      target: { of: 'ratio', atMost: 2 },
      note: `floor = ${local.text} + four Redis hops ${(4 * hop).toFixed(3)} ms`,
    },
    {
      what: 'warm send p99',
      unit: 'ms',
      measured: percentile(times.send, 0.99),
      target: { of: 'value', atMost: 25 },
    },
    {
      what: 'cold send p50',
      unit: 'ms',
      floor,
      measured: median(times.cold),
      note: 'to a session that nobody here has watched of late, though it has run commands before',
    },
    { what: 'cold send p99', unit: 'ms', measured: percentile(times.cold, 0.99) },
    {
      what: 'first send p50',
      unit: 'ms',
      floor,
      measured: median(times.fresh),
      note: 'to a session that was just started',
    },
  ]
}
