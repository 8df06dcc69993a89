import { startRedis } from '../../support/redis-server.ts'
import { runInPty } from '../floors/bare-pty.ts'
import { openRedisHops } from '../floors/redis-hops.ts'
import { median, percentile } from '../measure/percentile.ts'
import { createTicks, TICKER, type Ticks, watchTicks } from '../measure/ticks.ts'
import { timesOf } from '../measure/time.ts'
import { startMesh } from '../processes/mesh.ts'
import type { Figure, Row } from '../row.ts'

/** The first time around everything is compiled; it does not count. */
const ROUNDS = 1 + 6
const CHUNKS = 200
/** So far apart that each is a chunk of its own. */
const EVERY_MS = 5
const PROGRAM = [TICKER, String(CHUNKS), String(EVERY_MS)]

export const remoteChunks: Row = {
  name: 'remote-chunks',
  summary: 'a chunk printed on another computer until a watcher here has it',
  async run() {
    await using redis = await startRedis()
    await using mesh = await startMesh({ here: redis.url, there: redis.url })
    await using hops = await openRedisHops(redis.url)
    const session_id = await mesh.here.startSession('there')
    await using watch = watchTicks(mesh.here, session_id)
    const bare = createTicks()
    const trips: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const isOver = watch.ticks.next(({ number }) => number === CHUNKS - 1)
      const message = [process.execPath, ...PROGRAM].join(' ')
      await mesh.here.client.call('session.send', { session_id, message })
      await isOver
      await runInPty(process.execPath, PROGRAM, bare.take)
      trips.push(...(await timesOf(CHUNKS, hops.roundTrip)))
    }
    return figures(agesOf(watch.ticks), agesOf(bare), trips.slice(CHUNKS))
  },
}

function agesOf({ all }: Ticks): readonly number[] {
  if (all.length !== ROUNDS * CHUNKS) throw new Error(`${all.length} of ${ROUNDS * CHUNKS} chunks came`)
  return all.slice(CHUNKS).map(({ ageMs }) => ageMs)
}

function figures(
  measured: readonly number[],
  bare: readonly number[],
  trips: readonly number[],
): readonly Figure[] {
  const floor = (share: number) => percentile(bare, share) + percentile(trips, share) / 2
  return [
    {
      what: 'printed there, seen here p50',
      unit: 'ms',
      floor: floor(0.5),
      measured: median(measured),
      note: `floor = the same program in bare node-pty ${median(bare).toFixed(3)} + one Redis hop ${(median(trips) / 2).toFixed(3)} ms`,
    },
    {
      what: 'printed there, seen here p99',
      unit: 'ms',
      floor: floor(0.99),
      measured: percentile(measured, 0.99),
      target: { of: 'value', atMost: 10 },
    },
  ]
}
