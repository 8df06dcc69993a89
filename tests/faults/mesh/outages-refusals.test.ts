import { test } from 'vitest'
import { TestMesh } from '../../support/mesh.ts'
import { NumberedLines } from './numbered-lines.ts'
import { hasProblem, isWell } from './other-work.ts'
import { REFUSABLE, REFUSALS, refuseAndRecover } from './refusals.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation'], REFUSABLE)
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')

/** Less the one that is noticed, and ends, as a lack of memory does: tests/long has all. */
const some = REFUSALS.filter(({ what }) => what !== 'the user may no longer write')

test.for(some)('$what: the status says so, everything recovers by itself', async refusal => {
  await refuseAndRecover(mesh(), refusal)
})

test('data that is still being loaded: the status says so, everything recovers by itself', async () => {
  const { redis } = mesh()
  const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
  await redis.cli('EVAL', "for key = 1, 200 do redis.call('SET', key, string.rep('x', 600)) end", '0')
  const restarted = redis.restart({ empty: false })
  await hasProblem(macbook(), /is still loading its data: wait/)
  await restarted
  await lines.flow()
  for (const daemon of [macbook(), workstation()]) await isWell(daemon)
  await lines.complete()
})
