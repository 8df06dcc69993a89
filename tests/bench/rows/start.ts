import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import { runNothing } from '../floors/bare-node.ts'
import { startLines } from '../measure/child-lines.ts'
import { median } from '../measure/percentile.ts'
import { timeOf } from '../measure/time.ts'
import { BIN, benchFolder } from '../processes/daemon.ts'
import type { Row } from '../row.ts'

const STARTS = 11

export const start: Row = {
  name: 'start',
  summary: 'start until ready, against a Node.js that does nothing',
  async run() {
    const floor: number[] = []
    const measured: number[] = []
    for (let done = 0; done < STARTS; done++) {
      floor.push(await timeOf(runNothing))
      measured.push(await timeToReady())
    }
    return [
      {
        what: 'start to ready',
        unit: 'ms',
        floor: median(floor),
        measured: median(measured),
        target: { of: 'ratio', atMost: 10 },
        note: 'floor = node -e 0; the first start, which compiles, is among the measured',
      },
    ]
  },
}

async function timeToReady(): Promise<number> {
  const { dir, env } = benchFolder()
  const began = systemClock.monotonic()
  const daemon = startLines(BIN, ['start'], env)
  await daemon.line('is ready')
  const took = systemClock.monotonic() - began
  await using client = createDaemonClient({
    socketPath: join(dir, 's/control.sock'),
    surface: 'bench',
    clock: systemClock,
  })
  await client.call('daemon.stop', { sessions: true })
  await daemon[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
  return took
}
