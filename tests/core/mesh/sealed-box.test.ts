import { expect, it } from 'vitest'
import { boxKey, openBox, sealBehind } from '../../../core/mesh/sealed-box.ts'

const key = boxKey(Buffer.alloc(32, 1))
const none = Buffer.alloc(0)

it('never uses a nonce twice, and changes none that was handed out', () => {
  // More than one pool of random bytes holds.
  const boxes = Array.from({ length: 2000 }, () => sealBehind(none, key, none, 'x'))
  expect(new Set(boxes.map(box => box.toString('hex', 0, 12))).size).toBe(2000)
  for (const box of boxes) expect(openBox(box, key, none)).toEqual(Buffer.from('x'))
})

it('is longer than its text by nonce and tag, and opens for no other associated data', () => {
  const box = sealBehind(Buffer.from('front'), key, Buffer.from('a'), '✓')
  expect(box).toHaveLength(5 + 12 + 3 + 16)
  expect(box.toString('utf8', 0, 5)).toBe('front')
  expect(openBox(box.subarray(5), key, Buffer.from('a'))).toEqual(Buffer.from('✓'))
  expect(openBox(box.subarray(5), key, Buffer.from('b'))).toBeNull()
  expect(openBox(box, key, Buffer.from('a'))).toBeNull()
  expect(openBox(box.subarray(5, 20), key, Buffer.from('a'))).toBeNull()
})

it('may be empty', () => {
  const box = sealBehind(none, key, none, '')
  expect(openBox(box, key, none)).toEqual(Buffer.alloc(0))
})
