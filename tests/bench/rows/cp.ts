import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRedis } from '../../support/redis-server.ts'
import { runNothing } from '../floors/bare-node.ts'
import { openRedisCat } from '../floors/redis-cat.ts'
import { median } from '../measure/percentile.ts'
import { watchGrowth } from '../measure/process-memory.ts'
import { secondsOf, timesInTurn } from '../measure/time.ts'
import { type BenchMesh, startMesh } from '../processes/mesh.ts'
import type { Figure, Row } from '../row.ts'

const BYTES = 64 * 2 ** 20
const ROUNDS = 3
/** Of a file that is empty: what is left is the command itself. */
const EMPTY_TURNS = { warmUp: 1, rounds: 5, calls: 1 }

type Mesh = BenchMesh<'here' | 'there'>

export const cp: Row = {
  name: 'cp',
  summary: `cp of ${BYTES / 2 ** 20} MiB to another computer and back, against cat over the same Redis`,
  async run() {
    await using redis = await startRedis()
    await using mesh = await startMesh({ here: redis.url, there: redis.url }, ['files'])
    await using floor = await openRedisCat(redis.url)
    writeFileSync(join(mesh.here.home, 'original'), randomBytes(BYTES))
    const growth: Record<string, number> = {}
    const rates = { floor: [] as number[], to: [] as number[], from: [] as number[] }
    const rate = (seconds: number) => BYTES / 1e6 / seconds
    for (let round = -1; round < ROUNDS; round++) {
      const floorRate = rate(await secondsOf(() => bareCopy(mesh, floor)))
      const to = await copy(mesh, 'original', 'there:copy', growth)
      const from = await copy(mesh, 'there:copy', 'back', growth)
      removeCopies(mesh)
      // The first time everything is loaded and compiled, which counts as growth and not for the rate.
      if (round < 0) continue
      rates.floor.push(floorRate)
      rates.to.push(rate(to))
      rates.from.push(rate(from))
    }
    return [...rateFigures(rates), ...growthFigures(growth), await emptyFigure(mesh)]
  },
}

async function bareCopy({ here }: Mesh, floor: Awaited<ReturnType<typeof openRedisCat>>): Promise<void> {
  await floor.pass(join(here.home, 'original'), join(here.home, 'bare'))
}

/** How many seconds it takes; paths are from the home folders, and a daemon's growth is kept where it is the most. */
async function copy(
  { here, there }: Mesh,
  from: string,
  to: string,
  growth: Record<string, number>,
): Promise<number> {
  const watch = watchGrowth({ 'daemon here': here.pid, 'daemon there': there.pid })
  const seconds = await secondsOf(() => here.cli('cp', from, to))
  for (const [name, mb] of Object.entries(await watch.stop())) growth[name] = Math.max(growth[name] ?? 0, mb)
  return seconds
}

/** What is gone cannot be gone on with, so the next copy is a whole one. */
function removeCopies({ here, there }: Mesh): void {
  const original = readFileSync(join(here.home, 'original'))
  for (const path of [join(here.home, 'bare'), join(there.home, 'copy'), join(here.home, 'back')]) {
    if (!readFileSync(path).equals(original)) throw new Error(`${path} is not what was copied`)
    rmSync(path)
  }
}

function rateFigures(rates: Record<'floor' | 'to' | 'from', readonly number[]>): readonly Figure[] {
  const floor = median(rates.floor)
  return [
    {
      what: 'to another computer',
      unit: 'MB/s',
      floor,
      measured: median(rates.to),
      note: 'from typing the command until it has ended; floor = a process that XADDs the file in entries of 256 KiB and one that XREADs and writes them, both started before, with bare ioredis',
    },
    { what: 'from another computer', unit: 'MB/s', floor, measured: median(rates.from) },
  ]
}

function growthFigures(growth: Readonly<Record<string, number>>): readonly Figure[] {
  return Object.entries(growth).map(([name, measured]) => ({
    what: `growth of the ${name}`,
    unit: 'MB',
    measured,
  }))
}

async function emptyFigure({ here }: Mesh): Promise<Figure> {
  writeFileSync(join(here.home, 'empty'), '')
  const parts = { bare: runNothing, cp: () => here.cli('cp', 'empty', 'there:empty') }
  const times = await timesInTurn(parts, EMPTY_TURNS)
  return {
    what: 'of an empty file',
    unit: 'ms',
    floor: median(times.bare),
    measured: median(times.cp),
    note: 'floor = node -e 0',
  }
}
