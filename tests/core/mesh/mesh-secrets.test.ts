import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createMeshStore } from '../../../core/mesh/create-mesh-store.ts'
import { createMeshSecrets } from '../../../core/mesh/mesh-secrets.ts'
import { openStore } from '../../../core/store/store.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { tempDir } from '../../support/temp-dir.ts'

const [FIRST, SECOND, THIRD] = ['a', 'b', 'c'].map(letter => letter.repeat(40)) as [string, string, string]

function secretsIn(file: string, clock: FakeClock, current: string) {
  const store = openStore({ file, clock, log: capturedLog().log })
  onTestFinished(() => store.close())
  const secrets = createMeshSecrets({ current, store: createMeshStore(store), clock })
  return { secrets, values: () => secrets.all().map(({ value }) => value), close: () => store.close() }
}

test('a secret that was replaced is taken for its time, over restarts, after the current one', async () => {
  const clock = new FakeClock()
  const file = join(tempDir(), 'mesh.db')
  const before = secretsIn(file, clock, FIRST)
  before.secrets.rotate(SECOND, 5000)
  await clock.advance(1000)
  before.secrets.rotate(THIRD, 5000)
  expect(before.values()).toEqual([THIRD, SECOND, FIRST])
  before.close()

  const after = secretsIn(file, clock, THIRD)
  expect(after.values()).toEqual([THIRD, SECOND, FIRST])
  const { id } = after.secrets.all()[2] as { id: string }
  expect(after.secrets.find(id)?.value).toBe(FIRST)
  await clock.advance(4000)
  expect(after.values()).toEqual([THIRD, SECOND])
  expect(after.secrets.find(id)).toBeUndefined()
  await clock.advance(1000)
  expect(after.values()).toEqual([THIRD])
})

test('who takes the last secret back at once takes back those before it, too', () => {
  const { secrets, values } = secretsIn(join(tempDir(), 'mesh.db'), new FakeClock(), FIRST)
  secrets.rotate(SECOND, 5000)
  secrets.rotate(THIRD, 0)
  expect(values()).toEqual([THIRD])
})

test('a secret that is over is no longer in the database after the next start', async () => {
  const clock = new FakeClock()
  const file = join(tempDir(), 'mesh.db')
  const before = secretsIn(file, clock, FIRST)
  before.secrets.rotate(SECOND, 5000)
  before.close()
  await clock.advance(5000)
  secretsIn(file, clock, SECOND).close()
  const store = openStore({ file, clock, log: capturedLog().log })
  onTestFinished(() => store.close())
  expect(store.db.prepare('SELECT * FROM mesh_secrets').all()).toEqual([])
})

test('rotating to the current secret changes nothing, and to an earlier one makes that current again', () => {
  const clock = new FakeClock()
  const { secrets, values } = secretsIn(join(tempDir(), 'mesh.db'), clock, FIRST)
  secrets.rotate(FIRST, 5000)
  expect(values()).toEqual([FIRST])
  secrets.rotate(SECOND, 5000)
  secrets.rotate(FIRST, 5000)
  expect(values()).toEqual([FIRST, SECOND])
  expect(secrets.current.value).toBe(FIRST)
})

test('a short secret is refused, and no grace time keeps nothing', () => {
  const { secrets, values } = secretsIn(join(tempDir(), 'mesh.db'), new FakeClock(), FIRST)
  expect(() => secrets.rotate('short', 5000)).toThrow(/32 characters or more, this one has 5/)
  secrets.rotate(SECOND, 0)
  expect(values()).toEqual([SECOND])
})

test('a secret that cannot be written is not taken, and none before it is given up', async () => {
  const clock = new FakeClock()
  const file = join(tempDir(), 'mesh.db')
  const before = secretsIn(file, clock, FIRST)
  before.secrets.rotate(SECOND, 5000)
  const full = () => {
    throw new Error('no room')
  }
  expect(() => before.secrets.rotate(THIRD, 0, full)).toThrow('no room')
  expect(before.values()).toEqual([SECOND, FIRST])
  before.close()
  expect(secretsIn(file, clock, SECOND).values()).toEqual([SECOND, FIRST])
})
