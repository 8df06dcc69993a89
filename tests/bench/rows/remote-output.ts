import { startRedis } from '../../support/redis-server.ts'
import { openRedisOutput } from '../floors/redis-output.ts'
import { startScript } from '../measure/child-lines.ts'
import { createLines, type LinesFile } from '../measure/lines-file.ts'
import { median } from '../measure/percentile.ts'
import { watchGrowth } from '../measure/process-memory.ts'
import { secondsOf } from '../measure/time.ts'
import { type BenchMesh, startMesh } from '../processes/mesh.ts'
import type { Figure, Row } from '../row.ts'

const ROUNDS = 3
/** Together less than a computer keeps of one session, so that nothing need be dropped for a slow reader. */
const ALONE = { sessions: 1, lines: 150_000 }
const MANY = { sessions: 20, lines: 20_000 }

type Mesh = BenchMesh<'here' | 'there'>

export const remoteOutput: Row = {
  name: 'remote-output',
  summary: `cat on another computer to a watcher here, ${ALONE.sessions} and ${MANY.sessions} at once`,
  async run() {
    await using redis = await startRedis()
    await using mesh = await startMesh({ here: redis.url, there: redis.url })
    await using floor = await openRedisOutput(redis.url)
    const figures: Figure[] = []
    for (const { sessions, lines } of [ALONE, MANY]) {
      using file = createLines(lines)
      const bytes = sessions * file.printedBytes
      const rates = { floor: [] as number[], measured: [] as number[] }
      // The first time everything is loaded and compiled, which counts as growth and not for the rate.
      const { growth } = await through(mesh, file, sessions)
      for (let round = 0; round < ROUNDS; round++) {
        rates.floor.push(bytes / 1e6 / (await secondsOf(() => floor.pass(bytes))))
        const passed = await through(mesh, file, sessions)
        rates.measured.push(bytes / 1e6 / passed.seconds)
        for (const [name, mb] of Object.entries(passed.growth)) growth[name] = Math.max(growth[name] ?? 0, mb)
      }
      figures.push(
        {
          what: `${outputs(sessions)}, together`,
          unit: 'MB/s',
          floor: median(rates.floor),
          measured: median(rates.measured),
          ...(sessions === 1 && {
            note: 'floor = one ioredis that pipelines XADDs of 4 KiB, to another that is blocked in XREAD',
          }),
        },
        ...Object.entries(growth).map(
          ([name, measured]): Figure => ({
            what: `growth of the ${name}, ${outputs(sessions)}`,
            unit: 'MB',
            measured,
          }),
        ),
      )
    }
    return figures
  },
}

function outputs(count: number): string {
  return count === 1 ? 'one output' : `${count} outputs`
}

/** Has so many sessions print the file at once, until a watcher here has seen everything. */
async function through({ here, there }: Mesh, { path, printedBytes }: LinesFile, count: number) {
  const ids: string[] = []
  while (ids.length < count) ids.push(await here.startSession('there'))
  const args = [here.controlSocket, String(printedBytes), ...ids]
  await using watcher = startScript(new URL('../processes/watcher.ts', import.meta.url), args)
  await watcher.line('ready')
  const growth = watchGrowth({ 'daemon here': here.pid, 'daemon there': there.pid })
  let end = ''
  const seconds = await secondsOf(async () => {
    const seen = watcher.line('seen')
    await Promise.all(
      ids.map(session_id => here.client.call('session.input', { session_id, text: `cat ${path}` })),
    )
    end = await seen
  })
  for (const session_id of ids) await here.client.call('session.close', { session_id })
  if (!end.endsWith('missing 0')) throw new Error(`a watcher did not get everything: ${end} bytes`)
  return { seconds, growth: await growth.stop() }
}
