import { expect, it } from 'vitest'
import { createHookPoints } from '../../../core/host/hook-points.ts'
import { MAX_PENDING_ENTRIES } from '../../../core/host/output-feed.ts'
import type { SessionId } from '../../../core/ids.ts'
import type { Entry } from '../../../core/journal/entry.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { sampleSession } from '../../support/sample-session.ts'

const session = sampleSession()
const other = sampleSession({ id: 'ddddeeeeffff' as SessionId })

const output = (seq: number): Entry => ({ kind: 'output', data: Buffer.from('x\n'), seq, at: seq })
const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => output(from + at))
const seqs = (entries: readonly Entry[]) => entries.map(entry => entry.seq)

function setUp() {
  const clock = new FakeClock()
  const points = createHookPoints({ clock, log: capturedLog().log })
  return { clock, points, plugin: points.forPlugin('slow') }
}

/** A tap that is busy with each call until the test lets it go. */
function busyTap() {
  const calls: { id: string; entries: readonly Entry[]; done: () => void }[] = []
  const tap = (entries: readonly Entry[], { id }: { id: string }) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    calls.push({ id, entries, done: resolve })
    return promise
  }
  return { calls, tap }
}

it('merges, by session, what is committed while a tap is busy', async () => {
  const { clock, points, plugin } = setUp()
  const { calls, tap } = busyTap()
  plugin.hooks.onOutput(tap)
  for (const seq of [1, 2, 3]) points.output([output(seq)], session)
  points.output([output(1)], other)
  await clock.advance(0)
  expect(calls).toHaveLength(1)
  calls[0]?.done()
  await clock.advance(0)
  calls[1]?.done()
  await clock.advance(0)
  expect(calls.map(({ id, entries }) => [id, seqs(entries)])).toEqual([
    [session.id, [1]],
    [session.id, [2, 3]],
    [other.id, [1]],
  ])
})

it('tells a tap that fell too far behind what it missed, and goes on', async () => {
  const { clock, points, plugin } = setUp()
  const { calls, tap } = busyTap()
  plugin.hooks.onOutput(tap)
  points.output([output(1)], session)
  await clock.advance(0)
  for (let seq = 2; seq <= 3000; seq += 10) points.output(run(seq, seq + 9), session)
  calls[0]?.done()
  await clock.advance(0)
  const entries = calls[1]?.entries ?? []
  expect(entries).toHaveLength(MAX_PENDING_ENTRIES + 1)
  const last = MAX_PENDING_ENTRIES + 1
  expect(entries.at(-1)).toMatchObject({
    kind: 'gap',
    fromSeq: last + 1,
    toSeq: 3001,
    bytes: 2 * (3001 - last),
  })
  calls[1]?.done()
  points.output([output(3002)], session)
  await clock.advance(0)
  expect(seqs(calls[2]?.entries ?? [])).toEqual([3002])
})

it('blames a tap that hangs, never calls it twice at once, and tells the others', async () => {
  const { clock, points, plugin } = setUp()
  const { calls, tap } = busyTap()
  const told: number[] = []
  plugin.hooks.onOutput(tap)
  points.forPlugin('quick').hooks.onOutput(entries => void told.push(...seqs(entries)))
  points.output([output(1)], session)
  points.output([output(2)], session)
  await clock.advance(60_000)
  expect(calls).toHaveLength(1)
  expect(told).toEqual([1, 2])
  expect(points.problems()).toMatchObject([{ plugin: 'slow', hook: 'onOutput', count: 1 }])
})

it('goes on after a tap has thrown', async () => {
  const { clock, points, plugin } = setUp()
  const told: number[] = []
  plugin.hooks.onOutput(entries => {
    told.push(...seqs(entries))
    throw new Error('boom')
  })
  points.output([output(1)], session)
  await clock.advance(0)
  points.output([output(2)], session)
  await clock.advance(0)
  expect(told).toEqual([1, 2])
  expect(points.problems()).toMatchObject([{ count: 2, message: expect.stringContaining('boom') }])
})
