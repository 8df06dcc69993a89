import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRedis } from '../../support/redis-server.ts'
import { openRedisCat } from '../floors/redis-cat.ts'
import { openRedisHops } from '../floors/redis-hops.ts'
import { median, percentile } from '../measure/percentile.ts'
import { watchGrowth } from '../measure/process-memory.ts'
import { connectForByte, openEcho, receiveAll, sendAll } from '../measure/tcp.ts'
import { secondsOf, timesInTurn } from '../measure/time.ts'
import { forwardPrograms, type Ports, startPrograms } from '../processes/forward.ts'
import { type BenchMesh, startMesh } from '../processes/mesh.ts'
import type { Figure, Row } from '../row.ts'

const TURNS = { warmUp: 200, rounds: 10, calls: 50 }
const CONNECT_TURNS = { warmUp: 20, rounds: 10, calls: 10 }
const BYTES = 32 * 2 ** 20
const ROUNDS = 3

type Mesh = BenchMesh<'here' | 'there'>

export const forward: Row = {
  name: 'forward',
  summary: `a byte there and back, and ${BYTES / 2 ** 20} MiB, through a port of another computer`,
  async run() {
    await using redis = await startRedis()
    await using mesh = await startMesh({ here: redis.url, there: redis.url }, ['ports'])
    await using programs = await startPrograms(BYTES)
    await using forwarded = await forwardPrograms(mesh.here, 'there', programs)
    return [
      ...(await latencies(redis.url, programs, forwarded)),
      ...(await throughput(redis.url, mesh, forwarded)),
    ]
  },
}

async function latencies(url: string, programs: Ports, forwarded: Ports): Promise<readonly Figure[]> {
  await using hops = await openRedisHops(url)
  using bare = await openEcho(programs.echo)
  using far = await openEcho(forwarded.echo)
  const times = await timesInTurn({ far: far.byte, bare: bare.byte, hops: hops.roundTrip }, TURNS)
  const connects = await timesInTurn(
    { far: () => connectForByte(forwarded.echo), bare: () => connectForByte(programs.echo) },
    CONNECT_TURNS,
  )
  // There and back, of a request and of its answer.
  const fourHops = 2 * median(times.hops)
  const echo = median(times.bare)
  return [
    {
      what: 'a byte there and back p50',
      unit: 'ms',
      floor: echo + fourHops,
      measured: median(times.far),
      note: `floor = an echo on the bare loopback ${echo.toFixed(3)} + four Redis hops ${fourHops.toFixed(3)} ms`,
    },
    { what: 'a byte there and back p99', unit: 'ms', measured: percentile(times.far, 0.99) },
    {
      what: 'a new connection until a byte is back p50',
      unit: 'ms',
      floor: median(connects.bare) + fourHops,
      measured: median(connects.far),
      note: 'floor = the same on the bare loopback + four Redis hops',
    },
    {
      what: 'a new connection until a byte is back p99',
      unit: 'ms',
      measured: percentile(connects.far, 0.99),
    },
  ]
}

async function throughput(url: string, { here, there }: Mesh, ports: Ports): Promise<readonly Figure[]> {
  await using floor = await openRedisCat(url)
  const bytes = randomBytes(BYTES)
  const file = join(here.home, 'bytes')
  writeFileSync(file, bytes)
  const rates = { floor: [] as number[], to: [] as number[], from: [] as number[] }
  const rateOf = async (work: () => Promise<void>) => BYTES / 1e6 / (await secondsOf(work))
  const growth = watchGrowth({ 'daemon here': here.pid, 'daemon there': there.pid })
  for (let round = -1; round < ROUNDS; round++) {
    const bare = await rateOf(() => floor.pass(file, join(here.home, 'copy')))
    const to = await rateOf(() => sendAll(ports.sink, bytes))
    const from = await rateOf(() => receiveAll(ports.source, BYTES))
    // The first time everything is loaded and compiled, which counts as growth and not for the rate.
    if (round < 0) continue
    rates.floor.push(bare)
    rates.to.push(to)
    rates.from.push(from)
  }
  return [
    {
      what: 'to another computer',
      unit: 'MB/s',
      floor: median(rates.floor),
      measured: median(rates.to),
      note: 'floor = a process that XADDs a file in entries of 256 KiB and one that XREADs and writes them, with bare ioredis',
    },
    {
      what: 'from another computer',
      unit: 'MB/s',
      floor: median(rates.floor),
      measured: median(rates.from),
    },
    ...Object.entries(await growth.stop()).map(
      ([name, measured]): Figure => ({ what: `growth of the ${name}`, unit: 'MB', measured }),
    ),
  ]
}
