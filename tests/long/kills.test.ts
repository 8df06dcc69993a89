import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { sleep, systemClock } from '../../core/clock.ts'
import { TestDaemon } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const KILLS = 40
const LINES = 2_000_000

test(`${KILLS} kills at random moments under two sessions that print at full speed: every line once, in order`, async () => {
  const daemon = await TestDaemon.inTest({ config: { retention: { liveBytes: 256 * 1024 * 1024 } } })
  const ids = [await daemon.session(), await daemon.session()]
  for (const id of ids) await daemon.input(id, `seq -f "n %.0f" 1 ${LINES}`)
  for (let kill = 0; kill < KILLS; kill++) {
    // Random moments are the point: in the middle of starting, of resuming, of a commit.
    await sleep(systemClock, randomInt(400))
    await daemon.kill('SIGKILL')
    if (kill % 2) await daemon.start()
    else daemon.launch()
  }
  await daemon.restart('SIGKILL')
  for (const id of ids) {
    await until(async () => (await daemon.get(id)).state === 'ready', 'the prompt', 300_000)
    const { output, gaps } = await daemon.readAll(id)
    expect(gaps).toEqual([])
    let expected = 1
    for (const [, number] of output.matchAll(/^n (\d+)$/gm)) {
      if (Number(number) !== expected) expect(`${number} after ${expected - 1}`).toBe('in order')
      expected++
    }
    expect(expected - 1).toBe(LINES)
  }
})
