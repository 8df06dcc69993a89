import { test } from 'vitest'
import { COMPUTERS, streamLosses, survives, survivesAll } from '../faults/mesh/stream-losses.ts'
import { TestMesh } from '../support/mesh.ts'

const TIMES = 6

const mesh = TestMesh.forFile(COMPUTERS)

test.each(streamLosses)(`%s under the reader, ${TIMES} times`, loss => survives(mesh(), loss, TIMES))

test(`all losses at once, ${TIMES} times`, () => survivesAll(mesh(), TIMES))
