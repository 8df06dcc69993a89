import { expect, it } from 'vitest'
import { KeyCache } from '../../../core/mesh/key-cache.ts'

it('keeps no more than its limit, and of those what was kept again last', () => {
  const cache = new KeyCache<number>(3)
  for (const [key, name] of ['a', 'b', 'c'].entries()) cache.keep(name, key)
  cache.keep('a', 0)
  cache.keep('d', 3)
  expect(['a', 'b', 'c', 'd'].map(name => cache.get(name))).toEqual([0, undefined, 2, 3])
})
