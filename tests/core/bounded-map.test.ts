import { expect, it } from 'vitest'
import { BoundedMap } from '../../core/bounded-map.ts'

it('holds no more than its limit, and of those what was set last', () => {
  const map = new BoundedMap<string, number>(3)
  for (const [at, name] of ['a', 'b', 'c', 'a', 'd'].entries()) map.set(name, at)
  expect([...map]).toEqual([
    ['c', 2],
    ['a', 3],
    ['d', 4],
  ])
})
