import { expect, test } from 'vitest'
import { createClockSkew } from '../../../core/mesh/clock-skew.ts'

test('of exchanges that agree, the one with the shortest round trip counts', () => {
  const skew = createClockSkew()
  skew.note(60_000, 2, 0)
  skew.note(60_040, 90, 1000)
  expect(skew.ms).toBe(60_000)
})

test('a clock that was set is known as it is now, however long the round trip', () => {
  const skew = createClockSkew()
  skew.note(60_000, 2, 0)
  skew.note(40, 90, 1000)
  expect(skew.ms).toBe(40)
  skew.note(1, 3, 2000)
  expect(skew.ms).toBe(1)
})
