import { expect, test } from 'vitest'
import { programRunner, runOrThrow } from '../../../core/service/run-program.ts'

const { PATH } = process.env

test('a service manager that hangs is not waited for, and it is said that it does not answer', async () => {
  const run = programRunner({ PATH }, 50)
  expect(await run('sleep', '1000')).toMatchObject({
    code: null,
    stderr: 'sleep does not answer within 0.05 s',
  })
  await expect(runOrThrow(run, ['sleep', '1000'])).rejects.toThrow(
    '`sleep 1000` failed: sleep does not answer',
  )
})

test('what a program says, and that there is none, is a result', async () => {
  const run = programRunner({ PATH }, 10_000)
  expect(await run('sh', '-c', 'echo out; echo no >&2; exit 3')).toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: 'no\n',
  })
  expect(await run('no-such-program')).toMatchObject({
    code: null,
    stderr: 'there is no no-such-program here',
  })
})
