import { expect, test } from 'vitest'
import { decodeBody, encodeBody } from '../../../core/mesh/envelope-body.ts'
import { computer, draft, openAt } from './sealed-envelopes.ts'

const macbook = computer('macbook', 1)
const workstation = computer('workstation', 2)
const bytes = Buffer.from([0, 1, 255, 10])
const body = { operation: 'files.write', input: { data: bytes, offset: 3 } }

function carried(v: number, given: unknown): { size: number; opened: unknown } {
  const sealed = macbook.envelopes.seal(workstation.as(), { ...draft, v, body: given })
  return { size: sealed.length, opened: openAt(workstation, sealed, macbook.as()) }
}

test('bytes come as they were, and are no longer than they are', () => {
  const { size, opened } = carried(2, { input: { data: Buffer.alloc(100_000, 7) } })
  expect(opened).toEqual({ input: { data: Buffer.alloc(100_000, 7) } })
  expect(size).toBeLessThan(101_000)
  expect(carried(2, body).opened).toEqual(body)
  expect(carried(2, { status: 'success', result: { data: Buffer.alloc(0) } }).opened).toEqual({
    status: 'success',
    result: { data: Buffer.alloc(0) },
  })
})

test('whoever speaks the version before gets them in base64', () => {
  expect(carried(1, body).opened).toEqual({
    operation: 'files.write',
    input: { data: 'AAH/Cg==', offset: 3 },
  })
})

test('a message without bytes is the JSON that it was in the version before', () => {
  expect(encodeBody(2, draft.body)).toEqual([JSON.stringify(draft.body)])
})

/** A body with bytes, as another program would make it. */
function plain(json: string, length = json.length): Buffer {
  const front = Buffer.from([1, 0, 0, 0, 0])
  front.writeUInt32BE(length, 1)
  return Buffer.concat([front, Buffer.from(json), bytes])
}
const good = '{"at":["input","data"],"body":{"input":{"data":null}}}'

test('what another program made is read', () => {
  expect(decodeBody(2, plain(good))).toEqual({ input: { data: bytes } })
})

test.each([
  ['nothing but the mark', Buffer.from([1])],
  ['JSON that is longer than all there is', plain(good, 2 ** 32 - 1)],
  ['JSON that is cut', plain(good, 10)],
  ['no place', plain('{"body":{"input":{"data":null}}}')],
  ['a place that is not there', plain('{"at":["input","data"],"body":{"input":{}}}')],
  ['a place with something in it', plain('{"at":["input","data"],"body":{"input":{"data":1}}}')],
  ['a place that every object has', plain('{"at":["__proto__","x"],"body":{"input":{}}}')],
  [
    'a place in what has no bytes',
    plain('{"at":["session","terminal"],"body":{"session":{"terminal":null}}}'),
  ],
  ['a body that is no object', plain('{"at":["input","data"],"body":null}')],
])('%s is no body', (_what, hostile) => {
  expect(decodeBody(2, hostile)).toBeUndefined()
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
})

test('few bytes do not hold the much that came around them', () => {
  const { opened } = carried(2, { pad: 'x'.repeat(1_000_000), input: { data: bytes } })
  const { data } = (opened as { input: { data: Buffer } }).input
  expect(data).toEqual(bytes)
  expect(data.buffer.byteLength).toBeLessThan(100_000)
})

test('in the version before there are no bytes', () => {
  expect(decodeBody(1, plain(good))).toBeUndefined()
})
