import { expect, it } from 'vitest'
import type { SealedEntry } from '../../../core/transport.ts'
import { SESSION } from '../../support/open-journal.ts'
import { until } from '../../support/until.ts'
import {
  CALLER,
  createOrigin,
  inTime,
  linesUpTo,
  type Origin,
  watchedComputers,
} from '../../support/watched-session.ts'

/** Stops handling items at `hold`, and goes on at `go`. */
function gate() {
  let open: (() => void) | null = null
  let closed = Promise.resolve()
  return {
    handle: () => closed,
    hold: () => {
      closed = new Promise(resolve => {
        open = resolve
      })
    },
    go: () => {
      closed = Promise.resolve()
      open?.()
    },
  }
}

/** Counts what is read from streams: readers that are open, and entries that came. */
function countedReads(origin: Origin) {
  const { transport } = origin.link
  const counted = { readers: 0, entries: 0 }
  const readStream = transport.readStream
  Object.assign(transport, {
    readStream: (session: typeof SESSION, afterSeq: number, sink: Parameters<typeof readStream>[2]) => {
      counted.readers++
      const reader = readStream(session, afterSeq, {
        entries(entries: readonly SealedEntry[]) {
          counted.entries += entries.length
          sink.entries(entries)
        },
        interrupted: () => sink.interrupted(),
      })
      return {
        [Symbol.dispose]() {
          counted.readers--
          reader[Symbol.dispose]()
        },
      }
    },
  })
  return counted
}

it('reads a stream once for all who watch it here, wherever each of them begins', async () => {
  const { owner, origin } = watchedComputers()
  const reads = countedReads(origin)
  await owner.count(10)
  const whole = origin.watch()
  const later = origin.watch({ since: `${owner.journal.epoch}.5` })
  const newest = origin.watch({ last_bytes: 0 })
  await until(() => owner.outlets.open === 1, 'the subscription')
  await owner.count(10)
  await until(() => newest.text === linesUpTo(20, 11), 'the newest lines')
  expect(whole.text).toBe(linesUpTo(20))
  expect(later.text).toBe(linesUpTo(20, 6))
  expect(reads).toEqual({ readers: 1, entries: 10 })
  expect(origin.watches.open).toBe(1)
})

it('lets no slow reader hold up a quick one, and loses nothing of either', async () => {
  const { clock, owner, origin } = watchedComputers()
  const { handle, hold, go } = gate()
  const slow = origin.watch({}, handle)
  const quick = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  hold()
  for (let times = 0; times < 30; times++) {
    await owner.count(100)
    await until(() => quick.text.length === linesUpTo(owner.counted).length, 'the quick one')
  }
  expect(slow.items.length).toBeLessThan(3)
  go()
  await inTime(clock, () => slow.text.length === linesUpTo(3000).length, 'the slow one')
  expect(slow.text).toBe(linesUpTo(3000))
  expect(quick.text).toBe(linesUpTo(3000))
})

it('hands an item on only when the one before it is handled', async () => {
  const { owner, origin } = watchedComputers()
  let handling = 0
  let most = 0
  const watched = origin.watch({}, async () => {
    most = Math.max(most, ++handling)
    await new Promise(resolve => setImmediate(resolve))
    handling--
  })
  await until(() => owner.outlets.open === 1, 'the subscription')
  for (let times = 0; times < 20; times++) await owner.print(...Array(40).fill('x'.repeat(4096)))
  await until(() => watched.text.length === 20 * 40 * 4096, 'all')
  expect(most).toBe(1)
})

it('does not take in what nobody can handle yet', async () => {
  const { clock, owner, origin } = watchedComputers({ retention: { liveBytes: 2 ** 27 } })
  const reads = countedReads(origin)
  const { handle, hold, go } = gate()
  const watched = origin.watch({}, handle)
  await until(() => reads.readers === 1, 'the stream')
  hold()
  const piece = 'x'.repeat(4095)
  for (let times = 0; times < 50; times++) {
    await owner.print(...Array.from({ length: 256 }, (_, index) => `${piece}${index % 10}`))
    await clock.advance(0)
  }
  // 50 MiB were printed; the tail, and what came with its last batch.
  expect(reads.readers).toBe(0)
  expect(reads.entries).toBeLessThan(1000)
  expect(watched.items.length).toBe(1)
  go()
  let seen = 0
  await inTime(clock, () => watched.entries.length === 50 * 256, 'all of it')
  for (const { seq } of watched.entries) expect(seq).toBe(++seen)
  await owner.count(1)
  await inTime(clock, () => watched.text.endsWith('line 1\n'), 'what comes then')
  expect(reads.readers).toBe(1)
})

it('keeps a session warm for a while after its last watch, and then lets its owner go', async () => {
  const { clock, carrier, owner, origin } = watchedComputers()
  const first = origin.watch()
  await owner.count(3)
  await until(() => first.text === linesUpTo(3), 'the lines')
  const since = owner.journal.cursor(SESSION)
  first.stop()
  await first.end
  await clock.advance(20_000)
  await owner.count(3)
  await clock.advance(0)
  const asked = origin.asked.length
  const second = origin.watch({ since })
  await until(() => second.text === linesUpTo(6, 4), 'what came meanwhile')
  expect(origin.asked.length).toBe(asked)
  second.stop()
  await second.end
  await clock.advance(40_000)
  expect(origin.watches.open).toBe(0)
  expect(origin.told.at(-1)).toBe(`release ${SESSION}`)
  expect(owner.outlets.open).toBe(0)
  expect(carrier.streams.size).toBe(0)
})

it('keeps its subscription as long as it watches, however much comes', async () => {
  const { clock, owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  for (let times = 0; times < 30; times++) {
    await owner.count(1)
    await clock.advance(4000)
  }
  expect(watched.text).toBe(linesUpTo(30))
  expect(origin.asked.length).toBe(1)
})

it('a session that is expected to be watched, and is not, is let go too', async () => {
  const { clock, carrier, owner, origin } = watchedComputers()
  origin.watches.prepare('beta', SESSION, CALLER)
  await until(() => owner.outlets.open === 1, 'the subscription')
  await clock.advance(40_000)
  expect([origin.watches.open, owner.outlets.open, carrier.streams.size]).toEqual([0, 0, 0])
})

it('goes on for one computer when another one is expelled, which gets nothing more', async () => {
  const { clock, carrier, owner, origin } = watchedComputers()
  const other = createOrigin(carrier, owner, clock, 'gamma')
  const mine = origin.watch()
  const theirs = other.watch()
  await owner.count(3)
  await until(() => mine.text === linesUpTo(3) && theirs.text === linesUpTo(3), 'the first lines')
  other.answer = () => new Promise(() => {})
  owner.outlets.expel('gamma')
  await owner.count(30)
  await inTime(clock, () => mine.text === linesUpTo(33), 'the later lines')
  await owner.count(30)
  await until(() => mine.text === linesUpTo(63), 'the last lines')
  expect(theirs.text).toBe(linesUpTo(3))
})
