import { expect, test } from 'vitest'
import { createOneAtATime } from '../../../plugins/telegram/one-at-a-time.ts'

test('one work goes on at a time, in order, whatever became of the one before', async () => {
  const turns = createOneAtATime()
  const first = Promise.withResolvers<void>()
  const begun: string[] = []
  const work = (name: string, until: Promise<void>) => () => {
    begun.push(name)
    return until
  }
  const a = turns.run(work('a', first.promise))
  const b = turns.run(work('b', Promise.resolve()))
  await Promise.resolve()
  expect(begun).toEqual(['a'])
  expect(turns.isFree).toBe(false)
  first.reject(new Error('failed'))
  await expect(a).rejects.toThrow('failed')
  await b
  expect(begun).toEqual(['a', 'b'])
  expect(turns.isFree).toBe(true)
})
