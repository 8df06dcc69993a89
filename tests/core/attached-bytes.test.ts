import { expect, test } from 'vitest'
import { attachBytes, detachBytes, spellBytes } from '../../core/attached-bytes.ts'
import { bytesField } from '../../core/bytes-field.ts'

const bytes = Buffer.from([0, 255, 10])

test('bytes are taken out of a message, and put back where they were', () => {
  const message = { operation: 'x', input: { data: bytes, end: true } }
  const found = detachBytes(message)
  expect(found).toEqual({
    message: { operation: 'x', input: { data: null, end: true } },
    attached: { at: ['input', 'data'], bytes },
  })
  expect(message.input.data, 'whose message it is keeps it as it was').toBe(bytes)
  const read: unknown = JSON.parse(JSON.stringify(found?.message))
  expect(found && attachBytes(read, found.attached)).toBe(true)
  expect(read).toEqual(message)
})

test.each([[null], ['text'], [{ input: null }], [{ input: [bytes] }], [{ input: 'x' }]])(
  '%j has none',
  message => {
    expect(detachBytes(message)).toBeNull()
    expect(spellBytes(message)).toBe(message)
  },
)

test.each([
  ['a field that is not there', { input: {} }, ['input', 'data']],
  ['a field that has something', { input: { data: 'x' } }, ['input', 'data']],
  ['a part that is not there', {}, ['input', 'data']],
  ['what every object has', { input: {} }, ['__proto__', 'toString']],
  ['what every object has, one level down', { input: {} }, ['input', '__proto__']],
  ['a list', { input: [null] }, ['input', '0']],
] as const)('%s is no place for bytes', (_what, message, at) => {
  const before = JSON.stringify(message)
  expect(attachBytes(message, { at, bytes })).toBe(false)
  expect(JSON.stringify(message)).toBe(before)
})

test('JSON has bytes in base64, however many fields of them there are', () => {
  expect(spellBytes({ result: { a: bytes, b: bytes } })).toEqual({ result: { a: 'AP8K', b: 'AP8K' } })
})

test('bytes under a name that a line of the wire cannot have go in base64', () => {
  for (const name of ['a b', 'a\nb', 'ä', '', 'x'.repeat(65)]) {
    expect(detachBytes({ result: { [name]: bytes } })).toBeNull()
    expect(spellBytes({ result: { [name]: bytes } })).toEqual({ result: { [name]: 'AP8K' } })
    expect(detachBytes({ result: { [name]: bytes, sha256Of: bytes } })?.attached.at).toEqual([
      'result',
      'sha256Of',
    ])
  }
})

test('a field of bytes takes them either way, and hands on a buffer', () => {
  const field = bytesField(3)
  for (const given of ['AP8K', bytes, new Uint8Array(bytes)]) {
    expect(field.parse(given)).toEqual(bytes)
    expect(Buffer.isBuffer(field.parse(given))).toBe(true)
  }
})

test.each([
  ['no base64', 'AP8K!'],
  ['base64 that ends too soon', 'AP8'],
  ['too much in base64', 'AP8KAA=='],
  ['too many bytes', Buffer.alloc(4)],
  ['a number', 1],
  ['a list of numbers', [1, 2]],
])('%s is refused', (_what, given) => {
  expect(bytesField(3).safeParse(given).success).toBe(false)
})
