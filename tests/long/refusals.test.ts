import { test } from 'vitest'
import { REFUSABLE, REFUSALS, refuseAndRecover } from '../faults/mesh/refusals.ts'
import { TestMesh } from '../support/mesh.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation'], REFUSABLE)

test.for(REFUSALS)('$what: the status says so, everything recovers by itself', async refusal => {
  await refuseAndRecover(mesh(), refusal)
})
