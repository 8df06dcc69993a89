import { test } from 'vitest'
import { TestMesh } from '../../support/mesh.ts'
import { COMPUTERS, streamLosses, survives, survivesAll } from './stream-losses.ts'

const mesh = TestMesh.forFile(COMPUTERS)

/** Again after it was healed; more often in tests/long. */
test.each(streamLosses)('%s under the reader', loss => survives(mesh(), loss, 2))

test('all losses at once, over and over', () => survivesAll(mesh(), 4))
