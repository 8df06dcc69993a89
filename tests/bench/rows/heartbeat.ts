import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { median } from '../measure/percentile.ts'
import { timeOf } from '../measure/time.ts'
import { type SimulatedMesh, simulateMesh } from '../processes/simulated-mesh.ts'
import type { Figure, Row } from '../row.ts'

const [FEW, MORE, MANY] = [10, 100, 1000]
const WARM_UP = 10
const ROUNDS = 30
/** What a listing costs may grow as the number of peers; what is left over is noise. */
const LINEAR = 1.25

export const heartbeat: Row = {
  name: 'heartbeat',
  summary: `a beat and a listing among ${FEW}, ${MORE} and ${MANY} computers`,
  async run() {
    await using redis = await startRedis()
    const few = await measure(redis, FEW)
    const more = await measure(redis, MORE)
    const many = await measure(redis, MANY)
    return [...figures(few), ...figures(more), ...figures(many), ...growth(few, more, many)]
  },
}

interface Costs {
  readonly others: number
  readonly bareMs: number
  readonly beatMs: number
  readonly listingMs: number
  readonly commands: number
}

async function measure(redis: RedisServer, others: number): Promise<Costs> {
  await using mesh = await simulateMesh(redis.url, others)
  const times = { bare: [] as number[], beat: [] as number[], listing: [] as number[] }
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    await mesh.othersBeat()
    const bare = await timeOf(mesh.readBare)
    const beat = await timeOf(() => mesh.heart.beat())
    await mesh.othersBeat()
    const listing = await timeOf(() => mesh.heart.refresh(-1))
    if (round < 0) continue
    times.bare.push(bare)
    times.beat.push(beat)
    times.listing.push(listing)
  }
  return {
    others,
    bareMs: median(times.bare),
    beatMs: median(times.beat),
    listingMs: median(times.listing),
    commands: await commandsOfBeat(redis, mesh),
  }
}

/** What a script calls counts too. */
async function commandsOfBeat(redis: RedisServer, { heart }: SimulatedMesh): Promise<number> {
  if (!heart.membership.joined) throw new Error(heart.membership.problem)
  await redis.cli('CONFIG', 'RESETSTAT')
  await heart.beat()
  const stats = await redis.cli('INFO', 'commandstats')
  const calls = [...stats.matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)]
  // redis-cli's own, and what every connection does from time to time.
  const isOther = (name = '') => /^(config|info|auth|hello|ping|client|command)/.test(name)
  return calls.filter(([, name]) => !isOther(name)).reduce((sum, [, , count]) => sum + Number(count), 0)
}

function figures({ others, bareMs, beatMs, listingMs }: Costs): readonly Figure[] {
  return [
    {
      what: `beat among ${others}`,
      unit: 'ms',
      floor: bareMs,
      measured: beatMs,
      ...(others === FEW && {
        note: 'all have announced themselves anew since the one before; floor = ZREVRANGE and MGET with bare ioredis',
      }),
    },
    { what: `listing of ${others}`, unit: 'ms', floor: bareMs, measured: listingMs },
  ]
}

function growth(few: Costs, more: Costs, many: Costs): readonly Figure[] {
  const perPeer = (what: string, ms: (costs: Costs) => number): Figure => ({
    what: `${what}, for each of ${MANY}`,
    unit: 'µs',
    floor: (ms(more) * 1000) / MORE,
    measured: (ms(many) * 1000) / MANY,
    target: { of: 'ratio', atMost: LINEAR },
    note: `floor = for each of ${MORE}`,
  })
  return [
    perPeer('beat', costs => costs.beatMs),
    perPeer('listing', costs => costs.listingMs),
    {
      what: `Redis commands of a beat among ${MANY}`,
      unit: 'commands',
      floor: few.commands,
      measured: many.commands,
      target: { of: 'ratio', atMost: 1 },
      note: `floor = among ${FEW}`,
    },
  ]
}
