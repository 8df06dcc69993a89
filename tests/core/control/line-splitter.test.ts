import { expect, test } from 'vitest'
import { LineSplitter, TOO_LONG } from '../../../core/control/line-splitter.ts'

function linesOf(splitter: LineSplitter, chunk: Buffer): string[] {
  const lines: string[] = []
  splitter.push(chunk)
  for (let line = splitter.next(); line !== null; line = splitter.next()) {
    lines.push(line === TOO_LONG ? 'TOO LONG' : line.toString())
    if (line === TOO_LONG) break
  }
  return lines
}

test('lines come out the same however the bytes are cut', () => {
  const bytes = Buffer.from('one\n\ntwo 🎉 three\nfour\n')
  for (let size = 1; size <= bytes.length; size++) {
    const splitter = new LineSplitter(64)
    const lines: string[] = []
    for (let at = 0; at < bytes.length; at += size) {
      lines.push(...linesOf(splitter, bytes.subarray(at, at + size)))
    }
    expect(lines).toEqual(['one', '', 'two 🎉 three', 'four'])
    expect(splitter.isMidLine).toBe(false)
  }
})

test('a line of 10 MB in chunks of 10 bytes takes linear time', () => {
  const splitter = new LineSplitter(16 * 1024 * 1024)
  const chunk = Buffer.from('0123456789')
  for (let count = 0; count < 1_000_000; count++) {
    splitter.push(chunk)
    splitter.next()
  }
  expect(linesOf(splitter, Buffer.from('\n'))[0]?.length).toBe(10_000_000)
})

test('a line of exactly the limit is taken, a longer one is refused, whole or in parts', () => {
  expect(linesOf(new LineSplitter(4), Buffer.from('1234\n'))).toEqual(['1234'])
  expect(linesOf(new LineSplitter(4), Buffer.from('12345\n'))).toEqual(['TOO LONG'])
  const splitter = new LineSplitter(4)
  expect(linesOf(splitter, Buffer.from('123'))).toEqual([])
  expect(splitter.isMidLine).toBe(true)
  expect(linesOf(splitter, Buffer.from('45'))).toEqual(['TOO LONG'])
})

test('lines that were not taken yet are kept when more is pushed', () => {
  const splitter = new LineSplitter(64)
  splitter.push(Buffer.from('one\ntwo\nth'))
  expect(splitter.next()?.toString()).toBe('one')
  expect(linesOf(splitter, Buffer.from('ree\n'))).toEqual(['two', 'three'])
})

test('bytes between lines come out whole however the stream is cut, newlines in them or not', () => {
  const bytes = Buffer.from('one\n12\n4\n6two\n')
  for (let size = 1; size <= bytes.length; size++) {
    const splitter = new LineSplitter(64)
    const got: string[] = []
    for (let at = 0; at < bytes.length; at += size) {
      splitter.push(bytes.subarray(at, at + size))
      for (;;) {
        const next = got.length === 1 ? splitter.take(6) : splitter.next()
        if (next === null) break
        got.push(String(next))
      }
    }
    expect(got).toEqual(['one', '12\n4\n6', 'two'])
  }
})

test('bytes are taken into a buffer of their size, whatever was read before', () => {
  const splitter = new LineSplitter(1_000_000)
  expect(linesOf(splitter, Buffer.from('one\n'))).toEqual(['one'])
  splitter.push(Buffer.alloc(150_000))
  expect(splitter.take(200_000)).toBeNull()
  splitter.push(Buffer.alloc(50_000))
  expect(splitter.take(200_000)?.buffer.byteLength).toBe(200_000)
})
