import { expect, test } from 'vitest'
import { type Epoch, formatCursor, type InvokeOptions, parseCursor } from '../../../../core/index.ts'
import { FakeClock } from '../../../../core/testing/fake-clock.ts'
import { type LogRange, readLog } from '../../../../plugins/telegram/people/log-reader.ts'
import { createMask } from '../../../../plugins/telegram/text/index.ts'

const EPOCH = 'abcdefgh' as Epoch
const mask = createMask(true)

type LogParts = Parameters<typeof readLog>[0]
/** Hands on a page of entries; settles with the seq of the last. */
type Watch = (afterSeq: number, onItem: NonNullable<InvokeOptions['onItem']>) => Promise<number>

/** What reading needs of a daemon whose sessions are watched like this. */
function daemonWith(watch: Watch) {
  const clock = new FakeClock()
  const ending = new AbortController()
  const call = async (
    _name: string,
    { since }: { since: string },
    _caller: unknown,
    options: InvokeOptions,
  ) => {
    const seq = await watch(parseCursor(since).seq, item => options.onItem?.(item))
    return { cursor: formatCursor(EPOCH, seq) }
  }
  // reading asks only for these
  const ctx = { clock, signal: ending.signal, operations: { call } } as unknown as LogParts['ctx']
  const caller = { principal: { kind: 'user', name: 'test', scopes: '*' }, surface: 'test' } as const
  const range = (until: number): LogRange => ({ session: 'far', until: formatCursor(EPOCH, until), caller })
  return {
    clock,
    ending,
    read: (until: number, write: (text: string) => Promise<void>) =>
      readLog({ ctx, mask }, range(until), write),
  }
}

const never = () => new Promise<never>(() => {})

test('a computer that stops answering is not waited for without end', async () => {
  const { clock, read } = daemonWith(never)
  const refused = expect(read(9, async () => {})).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT' })
  await clock.advance(60_000)
  await refused
})

test('nor when the daemon ends', async () => {
  const { ending, read } = daemonWith(never)
  const refused = expect(read(9, async () => {})).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  ending.abort()
  await refused
})

test('of 12 MB little is held: what was read is written before more of it is', async () => {
  const data = `${'0123456789'.repeat(8)}\n`.repeat(50)
  const PAGE = 64
  let given = 0
  let written = 0
  let most = 0
  const { read } = daemonWith(async (after, onItem) => {
    most = Math.max(most, given - written)
    const entries = Array.from({ length: PAGE }, (_, at) => ({
      kind: 'output',
      data,
      seq: after + at + 1,
      at: 0,
    }))
    given += PAGE * data.length
    await onItem({ entries })
    return after + PAGE
  })
  await read(48 * PAGE, async text => {
    written += text.length
  })
  expect(given).toBeGreaterThan(12_000_000)
  expect(written).toBe(given)
  // The last lines, of digits, may be those of a key.
  expect(most).toBeLessThan(65_536)
})
