import { test } from 'vitest'
import { sleep, systemClock } from '../../core/clock.ts'
import { NumberedLines } from '../faults/mesh/numbered-lines.ts'
import { expectLocalWork, hasProblem, isWell } from '../faults/mesh/other-work.ts'
import { TestMesh } from '../support/mesh.ts'

/** Longer than any deadline of a connection, and shorter than a heartbeat lasts. */
const PAUSE_MS = 20_000

const mesh = TestMesh.forFile(['macbook', 'workstation'])

test('Redis stands still for 20 s, twice: every line arrives once, in order', async () => {
  const { redis } = mesh()
  const computers = [mesh().daemon('macbook'), mesh().daemon('workstation')] as const
  const lines = await NumberedLines.start(...computers, 'workstation')
  for (let time = 0; time < 2; time++) {
    await redis.pause()
    // So long is the point.
    const over = sleep(systemClock, PAUSE_MS)
    for (const daemon of computers) await hasProblem(daemon, /does not answer/)
    await expectLocalWork(...computers)
    await over
    redis.resume()
    await lines.flow()
    for (const daemon of computers) await isWell(daemon)
  }
  await lines.complete()
})
