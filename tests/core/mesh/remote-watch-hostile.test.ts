import { expect, it } from 'vitest'
import { createStreamSeal } from '../../../core/mesh/stream-seal.ts'
import { output, SESSION } from '../../support/open-journal.ts'
import { inTime, linesUpTo, watchedComputers } from '../../support/watched-session.ts'

const EPOCH = 'aaaabbbb'
const END = { cursor: `${EPOCH}.1`, at_end: true, running: true, state: 'ready' }
const entry = (seq: number, change: object = {}) => ({ kind: 'output', data: 'x\n', seq, at: 0, ...change })
const item = (cursor: unknown, ...entries: unknown[]) => ({ entries, cursor })
const KEY = Buffer.alloc(32).toString('base64')
const STREAM = { epoch: EPOCH, key_id: '0123456789abcdef', key: KEY }

/** A good answer, but for what is changed. */
const answer = (change: object) => ({
  items: [item(`${EPOCH}.1`, entry(1))],
  end: END,
  stream: null,
  ...change,
})

const broken: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a text', 'entries'],
  ['no items', answer({ items: undefined })],
  ['no end', answer({ end: undefined })],
  ['a cursor that is none', answer({ end: { ...END, cursor: 'x' } })],
  ['an item that is none', answer({ items: [42] })],
  ['an item with another cursor than its entry', answer({ items: [item(`${EPOCH}.2`, entry(1))] })],
  ['an item without a cursor', answer({ items: [item(undefined, entry(1))] })],
  ['an entry that is none', answer({ items: [item(`${EPOCH}.1`, { seq: 1 })] })],
  ['an entry with a seq that is no number', answer({ items: [item(`${EPOCH}.1`, entry(Number.NaN))] })],
  ['an entry without data', answer({ items: [item(`${EPOCH}.1`, entry(1, { data: 1 }))] })],
  [
    'entries that begin too late',
    answer({ items: [item(`${EPOCH}.2`, entry(2))], end: { ...END, cursor: `${EPOCH}.2` } }),
  ],
  [
    'entries with a hole',
    answer({ items: [item(`${EPOCH}.3`, entry(1), entry(3))], end: { ...END, cursor: `${EPOCH}.3` } }),
  ],
  ['an entry twice', answer({ items: [item(`${EPOCH}.1`, entry(1), entry(1))] })],
  ['items that go back', answer({ items: [item(`${EPOCH}.1`, entry(1)), item(`${EPOCH}.1`, entry(1))] })],
  [
    'another journal without a gap',
    answer({ items: [item(`${EPOCH}.1`, entry(1)), item('bbbbcccc.2', entry(2))] }),
  ],
  ['an end beyond its entries', answer({ end: { ...END, cursor: `${EPOCH}.9` } })],
  ['an end before its entries', answer({ end: { ...END, cursor: '0' } })],
  ['a state that there is not', answer({ end: { ...END, state: 'asleep' } })],
  ['a key that is too short', answer({ stream: { ...STREAM, key: 'AAAA' } })],
  ['a stream of another journal', answer({ stream: { ...STREAM, epoch: 'bbbbcccc' } })],
  ['a context that is none', answer({ items: [{ ...item(`${EPOCH}.1`, entry(1)), context: [1] }] })],
]

it.each(broken)('refuses an answer with %s', async (_what, broken) => {
  const { origin } = watchedComputers()
  origin.answer = () => broken
  await expect(origin.watch().end).rejects.toMatchObject({ code: 'TC_ERR_PROTOCOL' })
  expect(origin.watches.open).toBe(0)
})

it('takes a good answer', async () => {
  const { origin } = watchedComputers()
  origin.answer = () => answer({})
  const watched = origin.watch({ follow: false })
  expect(await watched.end).toEqual(END)
  expect(watched.text).toBe('x\n')
})

it('gives up an owner that says there is more and brings nothing', async () => {
  const { origin } = watchedComputers()
  origin.answer = () => ({ items: [], end: { ...END, cursor: '0', at_end: false }, stream: null })
  await expect(origin.watch().end).rejects.toMatchObject({ code: 'TC_ERR_PROTOCOL' })
  await expect(origin.watch({ follow: false }).end).rejects.toMatchObject({ code: 'TC_ERR_PROTOCOL' })
  expect(origin.asked.length).toBe(4)
})

it('gives up an owner that never comes to an end', async () => {
  const { origin } = watchedComputers()
  let seq = 0
  origin.answer = () => {
    seq++
    const end = { ...END, cursor: `${EPOCH}.${seq}`, at_end: false }
    return { items: [item(end.cursor, entry(seq))], end, stream: null }
  }
  await expect(origin.watch({ follow: false }).end).rejects.toMatchObject({ code: 'TC_ERR_PROTOCOL' })
  expect(seq).toBeLessThan(5000)
})

it('asks an owner that gives no key now and then, and hands on what it brings', async () => {
  const { clock, origin } = watchedComputers()
  let head = 0
  origin.answer = ({ input }) => {
    const since = Number(
      String((input as { since: string }).since)
        .split('.')
        .at(-1),
    )
    const entries = Array.from({ length: head - since }, (_, index) => entry(since + index + 1))
    const cursor = head === 0 ? '0' : `${EPOCH}.${head}`
    return { items: entries.length ? [item(cursor, ...entries)] : [], end: { ...END, cursor }, stream: null }
  }
  const watched = origin.watch()
  await clock.advance(60_000)
  expect(origin.asked.length).toBeLessThan(200)
  head = 3
  await inTime(clock, () => watched.text === 'x\nx\nx\n', 'the entries')
})

it('asks an owner whose stream has holes now and then only', async () => {
  const { clock, carrier, owner, origin } = watchedComputers()
  await owner.count(1)
  const watched = origin.watch()
  await inTime(clock, () => owner.outlets.open === 1, 'the subscription')
  await owner.count(9)
  await inTime(clock, () => watched.text === linesUpTo(10), 'the lines')
  // It says that all is read, and has more in its stream.
  const { epoch, key } = owner.outlets.subscribe(SESSION, 'alpha', 10, false)
  const stream = { epoch, key_id: key.id, key: Buffer.from(key.key).toString('base64') }
  origin.answer = () => ({ items: [], end: { ...END, cursor: `${epoch}.10` }, stream })
  const bytes = createStreamSeal(SESSION, epoch, key).seal({ ...output('x'), seq: 15, at: 0 })
  carrier.extend(SESSION, [{ seq: 15, bytes }])
  await clock.advance(30_000)
  expect(origin.asked.length).toBeGreaterThan(5)
  expect(origin.asked.length).toBeLessThan(60)
  expect(watched.text).toBe(linesUpTo(10))
})
