import { expect, test } from 'vitest'
import { Harness } from './harness.ts'

test('a shell runs a command and says where it starts and ends', async () => {
  await using it = await Harness.create()
  const id = await it.start()
  const ran = await it.run(id, 'echo hello')
  expect(ran.output).toBe('hello\r\n')
  expect(ran.types).toEqual(['start', 'end', 'prompt'])
  expect(ran.end).toMatchObject({ exitCode: 0, cwd: it.folder })
})
