import { expect, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { IncomingPieces } from '../../../plugins/ports/far/incoming-pieces.ts'
import { OutgoingPieces } from '../../../plugins/ports/far/outgoing-pieces.ts'
import { isAllowed, portsOptions } from '../../../plugins/ports/options.ts'
import { PIECE_BYTES } from '../../../plugins/ports/piece.ts'

const bytes = (text: string) => Buffer.from(text)

test('pieces that come in any order, and twice, are taken once and in order', () => {
  const taken: string[] = []
  const incoming = new IncomingPieces(({ data }) => void taken.push(String(data)))
  for (const seq of [2, 1, 2, 4, 1, 3]) incoming.add(seq, { data: bytes(String(seq)), end: false })
  expect(taken).toEqual(['1', '2', '3', '4'])
})

test('a piece that is far ahead of what is there is refused', () => {
  const incoming = new IncomingPieces(() => {})
  expect(() => incoming.add(9, { data: bytes('x'), end: false })).toThrow(/before piece 1/)
})

test('what is read is kept until it is said to have come, and given again to whoever asks again', async () => {
  const outgoing = new OutgoingPieces(new FakeClock())
  outgoing.push(bytes('one'))
  expect(String((await outgoing.ask(1, 0)).data)).toBe('one')
  expect(String((await outgoing.ask(1, 0)).data)).toBe('one')
  const second = outgoing.ask(2, 1)
  outgoing.push(bytes('two'))
  expect(await second).toMatchObject({ data: bytes('two'), end: false, isLate: false })
})

test('several who wait get one piece each, in order, and the last one the end', async () => {
  const outgoing = new OutgoingPieces(new FakeClock())
  const asked = [outgoing.ask(2, 0), outgoing.ask(1, 0), outgoing.ask(3, 0)]
  outgoing.push(Buffer.alloc(PIECE_BYTES + 5, 'x'))
  outgoing.end()
  const [second, first, third] = await Promise.all(asked)
  expect([first?.data.length, second?.data.length, third?.data.length]).toEqual([PIECE_BYTES, 5, 0])
  expect([first?.end, third?.end]).toEqual([false, true])
})

test('who asks for what does not come is told so after a while', async () => {
  const clock = new FakeClock()
  const asked = new OutgoingPieces(clock).ask(1, 0)
  await clock.advance(15_000)
  expect(await asked).toMatchObject({ isLate: true })
})

test('what nobody fetches is full at some point, and has room again when it was fetched', async () => {
  const outgoing = new OutgoingPieces(new FakeClock())
  let pushed = 0
  while (!outgoing.isFull) pushed += outgoing.push(Buffer.alloc(PIECE_BYTES)) ?? 1
  expect(pushed).toBe(8)
  await outgoing.ask(1, 0)
  expect(outgoing.isFull).toBe(true)
  await outgoing.ask(2, 1)
  expect(outgoing.isFull).toBe(false)
})

test.each([
  [[3000], 3000, true],
  [[3000], 3001, false],
  [['8000-8999'], 8000, true],
  [['8000-8999'], 8999, true],
  [['8000-8999'], 9000, false],
  [[], 3000, false],
  [undefined, 1023, false],
  [undefined, 1024, true],
])('of %j the port %i is one: %s', (allow, port, expected) => {
  expect(isAllowed(port, portsOptions.parse({ allow }).allow)).toBe(expected)
})

test.each([[['9-8']], [['1-70000']], [['a']], [[0]], [[65_536]], [['0-5']]])('%j are no ports', allow => {
  expect(portsOptions.safeParse({ allow }).success).toBe(false)
})
