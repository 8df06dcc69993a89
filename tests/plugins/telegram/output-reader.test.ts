import { expect, test } from 'vitest'
import type { Epoch, OperationBus } from '../../../core/index.ts'
import { createOutputReader } from '../../../plugins/telegram/topics/output-reader.ts'

const EPOCH = 'abcdefgh' as Epoch

/** A session that printed `pages` times as much as one call returns. */
function longOutput(pages: number): { readonly bus: Pick<OperationBus, 'call'>; asked(): readonly number[] } {
  const asked: number[] = []
  const call = async (_name: string, ask: unknown) => {
    const { max_bytes } = ask as { max_bytes: number }
    asked.push(max_bytes)
    const output = `<${asked.length}>`.padEnd(max_bytes, 'x')
    return { output, cursor: `${EPOCH}:${asked.length}`, truncated: asked.length < pages, gaps: [] }
  }
  // the reader asks only for what this answers
  return { bus: { call } as unknown as Pick<OperationBus, 'call'>, asked: () => asked }
}

test('of a long output no more than a MiB is read into a result: the beginning, the end, and how much is left out', async () => {
  const { bus, asked } = longOutput(20)
  const read = createOutputReader(bus)
  const { text, missing } = await read('session', EPOCH, { from: 0, to: 99, missing: 0 })
  expect(asked()).toHaveLength(20)
  expect(text.match(/<\d+>/g)).toEqual(['<1>', '<18>', '<19>', '<20>'])
  expect(text).toMatch(/4\.2 MB are not here/)
  expect(Buffer.byteLength(text)).toBeLessThan(1_100_000)
  expect(missing).toBe(16 * 262_144)
})
