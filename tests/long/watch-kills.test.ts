import { describe, test } from 'vitest'
import { STAGED } from '../faults/mesh/stages.ts'
import { killWatch, MOMENTS, type Moment, VICTIMS, type Victims } from '../faults/mesh/watch-kills.ts'
import { TestMesh } from '../support/mesh.ts'

const mesh = TestMesh.forFile(['origin', 'target'], STAGED)
// The keys of both are their types.
const victims = Object.keys(VICTIMS) as Victims[]
const moments = Object.keys(MOMENTS) as Moment[]

describe.each(victims)('kill -9 of %s', whom => {
  test.each(moments)('%s', moment => killWatch(mesh(), whom, moment))
})
