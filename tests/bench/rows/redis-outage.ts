import { join } from 'node:path'
import { sleep, systemClock } from '../../../core/clock.ts'
import { isTeleclaudeError } from '../../../core/errors.ts'
import { startRedis } from '../../support/redis-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { TICKER, type Tick, type Ticks, watchTicks } from '../measure/ticks.ts'
import { timeOf } from '../measure/time.ts'
import type { BenchDaemon } from '../processes/daemon.ts'
import { startMesh } from '../processes/mesh.ts'
import { OUTAGES, type Outage } from '../processes/outages.ts'
import type { Figure, Row } from '../row.ts'

const TICK_EVERY_MS = 5
/** More than are printed while this runs. */
const TICKS = 1_000_000
/** Before each outage, so that it meets traffic. */
const CALM_MS = 300
/** Before a send that was refused is tried again. */
const AGAIN_MS = 5
const TARGET = { of: 'value', atMost: 1000 } as const

export const redisOutage: Row = {
  name: 'redis-outage',
  summary: 'Redis, or the network to it, away for a while, until all goes on',
  async run() {
    await using redis = await startRedis()
    const throughLine = join(redis.dir, 'line.sock')
    await using line = await startTcpProxy({ to: redis.url, listen: throughLine })
    await using mesh = await startMesh({ here: redis.url, there: redis.url, far: throughLine })
    await using here = await observe(mesh.here)
    await using far = await observe(mesh.far)
    const figures: Figure[] = []
    for (const outage of OUTAGES) {
      const observer = outage.who === 'far' ? far : here
      figures.push(...(await worstOf(outage, observer, () => outage.happen(redis, line))))
    }
    return [...figures, wrongLines([...runsOf(here.ticks), ...runsOf(far.ticks)])]
  },
}

/** What a computer sees of another one. */
interface Observer {
  readonly ticks: Ticks
  /** Sends, again and again until it succeeds. */
  send(): Promise<void>
}

async function observe(daemon: BenchDaemon): Promise<Observer & AsyncDisposable> {
  const ticking = await daemon.startSession('there')
  const session_id = await daemon.startSession('there')
  const watch = watchTicks(daemon, ticking)
  const text = [process.execPath, TICKER, TICKS, TICK_EVERY_MS].join(' ')
  await daemon.client.call('session.input', { session_id: ticking, text })
  const send = () => untilSent(daemon, session_id)
  await send()
  return { ...watch, send }
}

async function untilSent({ client }: BenchDaemon, session_id: string): Promise<void> {
  for (;;) {
    try {
      await client.call('session.send', { session_id, message: 'echo x' })
      return
    } catch (error) {
      if (
        !isTeleclaudeError(error, 'TC_ERR_TRANSPORT') &&
        !isTeleclaudeError(error, 'TC_ERR_COMPUTER_OFFLINE')
      )
        throw error
      await sleep(systemClock, AGAIN_MS)
    }
  }
}

async function worstOf(
  { what, rounds, note }: Outage,
  { ticks, send }: Observer,
  happen: () => Promise<void>,
): Promise<readonly Figure[]> {
  let [sends, output] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    await sleep(systemClock, CALM_MS)
    await happen()
    const now = process.hrtime.bigint()
    const recoveries = [send, () => ticks.next(({ printedAt }) => printedAt > now)].map(timeOf)
    const [sent = 0, seen = 0] = await Promise.all(recoveries)
    sends = Math.max(sends, sent)
    output = Math.max(output, seen)
  }
  const common = { unit: 'ms', target: TARGET } as const
  return [
    { what: `${what}: until a send succeeds`, measured: sends, ...common, ...(note && { note }) },
    { what: `${what}: until output flows`, measured: output, ...common },
  ]
}

/** Each tick with the one before it. */
function runsOf({ all }: Ticks): readonly (readonly [Tick | undefined, Tick])[] {
  return all.map((tick, index) => [all[index - 1], tick])
}

function wrongLines(lines: ReturnType<typeof runsOf>): Figure {
  const isWrong = ([before, { number }]: (typeof lines)[number]) => number !== (before?.number ?? -1) + 1
  return {
    what: `of ${lines.length} lines lost, repeated or out of order`,
    unit: 'lines',
    measured: lines.filter(isWrong).length,
    target: { of: 'value', atMost: 0 },
  }
}
