import { expect, it, onTestFinished } from 'vitest'
import { entryFromWire } from '../../../core/journal/entry.ts'
import type { Append } from '../../../core/journal/journal.ts'
import type { RetentionLimits } from '../../../core/journal/retention.ts'
import { createOutlets, type StreamPass } from '../../../core/mesh/outlets.ts'
import { createStreamSeal } from '../../../core/mesh/stream-seal.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import type { SealedEntry } from '../../../core/transport.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import { openJournal, output, SESSION, spelled } from '../../support/open-journal.ts'
import { until } from '../../support/until.ts'

function writer(retention: Partial<RetentionLimits> = {}) {
  const clock = new FakeClock()
  const carrier = new MemoryCarrier()
  const link = carrier.connect('beta', { clock })
  const { journal } = openJournal({ clock, retention })
  journal.open(SESSION)
  const appended: (readonly SealedEntry[])[] = []
  let held = Promise.resolve()
  const transport = {
    ...link.transport,
    append: async (session: typeof SESSION, entries: readonly SealedEntry[]) => {
      appended.push(entries)
      await held
      await link.transport.append(session, entries)
    },
  }
  /** Keeps what is appended on its way, until what is returned is called. */
  const hold = () => {
    let arrive = () => {}
    held = new Promise(resolve => {
      arrive = resolve
    })
    return () => {
      held = Promise.resolve()
      arrive()
    }
  }
  const outlets = createOutlets({ journal, transport, clock, log: capturedLog().log })
  onTestFinished(() => outlets.close())
  const print = (...texts: string[]) => journal.append(SESSION, texts.map(output))
  /** What a computer with this key can read of the stream. */
  const read = ({ epoch, key }: StreamPass) => {
    const seal = createStreamSeal(SESSION, epoch, key)
    return (carrier.streams.get(SESSION)?.entries ?? []).flatMap(({ seq, bytes }) => {
      const entry = seal.open(seq, bytes)
      return entry === null || entry === 'stale' ? [String(entry)] : spelled([entryFromWire(entry)])
    })
  }
  /** Settles when the stream is ready to be written. */
  const isLive = async () => {
    await clock.advance(0)
    return outlets.open === 1
  }
  return { clock, carrier, link, journal, outlets, appended, print, read, isLive, hold }
}

it('writes nothing while nobody watches', async () => {
  const { clock, carrier, appended, print } = writer()
  await print('a')
  await clock.advance(60_000)
  expect(appended).toEqual([])
  expect(carrier.streams.size).toBe(0)
})

it('writes what comes after the subscription, and what came before it was ready', async () => {
  const { outlets, print, read } = writer()
  await print('a', 'b')
  const pass = outlets.subscribe(SESSION, 'alpha', 1, false)
  await print('c')
  await until(() => read(pass).length === 2, 'both')
  expect(read(pass)).toEqual(['2:b', '3:c'])
})

it('hands what was committed to the carrier before anybody else goes on', async () => {
  const { outlets, appended, print, isLive } = writer()
  outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  // The promise of the append settles in a microtask after the commit.
  let atCommit = 0
  await print('a').then(() => {
    atCommit = appended.length
  })
  expect(atCommit).toBe(1)
})

it('does not wait for one append before the next, and bounds how many are under way', async () => {
  const { clock, carrier, outlets, appended, print, read, isLive } = writer()
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  carrier.freeze()
  for (let number = 1; number <= 20; number++) await print(`${number}`)
  await clock.advance(0)
  expect(appended.length).toBe(8)
  carrier.thaw()
  await until(() => read(pass).length === 20, 'all')
  expect(appended.length).toBe(9)
})

it('writes much at once in batches, others in between', async () => {
  const { outlets, appended, print, read, isLive } = writer()
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  await print(...Array<string>(300).fill('x'.repeat(4096)))
  expect(appended.length).toBe(1)
  await until(() => read(pass).length === 300, 'all')
  const sizes = appended.map(entries => entries.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
})

it('removes what an earlier daemon has left, before it writes', async () => {
  const { carrier, outlets, print, read } = writer()
  carrier.extend(SESSION, [{ seq: 900, bytes: Buffer.from('left') }])
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await print('a')
  await until(() => read(pass).length === 1, 'the entry')
  expect(read(pass)).toEqual(['1:a'])
})

it('begins the stream again where it stopped, under the same key, after a failure', async () => {
  const { clock, carrier, outlets, print, read, isLive } = writer()
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  await print('a')
  await clock.advance(0)
  carrier.extend(SESSION, [{ seq: 2, bytes: Buffer.from('forged') }])
  await print('b', 'c')
  await clock.advance(5000)
  expect(read(pass)).toEqual(['2:b', '3:c'])
})

it('tries again when the carrier has returned, and meanwhile seldom', async () => {
  const { clock, link, outlets, appended, print, read, isLive } = writer()
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  link.down()
  for (let times = 0; times < 100; times++) await print('x')
  await clock.advance(25_000)
  expect(appended.length).toBeLessThan(20)
  link.up()
  outlets.resume()
  await until(() => read(pass).length === 100, 'all')
})

it('begins at the newest when too much was printed meanwhile for a stream to hold', async () => {
  const { clock, link, outlets, print, read, isLive } = writer()
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  link.down()
  await print(...Array<string>(2500).fill('old'))
  await clock.advance(1000)
  link.up()
  outlets.resume()
  await clock.advance(0)
  await print('new')
  await until(() => read(pass).at(-1) === '2501:new', 'the newest')
  expect(read(pass).length).toBe(1)
})

it('begins anew only when nothing of before is under way', async () => {
  const { carrier, outlets, print, read, isLive, hold } = writer()
  outlets.subscribe(SESSION, 'alpha', 0, false)
  outlets.subscribe(SESSION, 'gamma', 0, false)
  await isLive()
  const arrive = hold()
  await print('a')
  outlets.expel('gamma')
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await print('b')
  await isLive()
  expect(carrier.streams.size).toBe(0)
  arrive()
  await until(() => read(pass).length === 1, 'the new stream')
  expect(read(pass)).toEqual(['2:b'])
})

it('leaves a hole where the journal kept nothing, and never seals a gap in its place', async () => {
  const { clock, link, outlets, print, read, isLive } = writer({ liveBytes: 2000 })
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  link.down()
  for (let times = 0; times < 100; times++) await print('x'.repeat(50))
  await clock.advance(1000)
  link.up()
  outlets.resume()
  await until(() => read(pass).at(-1)?.startsWith('100:'), 'the newest')
  expect(read(pass).filter(entry => !/^\d+:x+$/.test(entry))).toEqual([])
  expect(read(pass).length).toBeLessThan(100)
})

it('leaves out what the carrier cannot carry', async () => {
  const { outlets, journal, print, read, isLive } = writer()
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  const large: Append = { kind: 'notice', text: 'x'.repeat(2 ** 21), format: 'text', author: 'bob' }
  await journal.append(SESSION, [large])
  await print('b')
  await until(() => read(pass).length === 1, 'the entry behind it')
  expect(read(pass)).toEqual(['2:b'])
})

it('begins anew under another key for a reader that needs it, but not as often as it likes', async () => {
  const { clock, outlets, print, read, isLive } = writer()
  const first = outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  await print('a', 'b')
  await clock.advance(0)
  const second = outlets.subscribe(SESSION, 'gamma', 1, true)
  await until(() => read(second).length === 1, 'the stream under the new key')
  expect(read(second)).toEqual(['2:b'])
  expect(second.key.id).not.toBe(first.key.id)
  expect(outlets.subscribe(SESSION, 'gamma', 1, true).key.id).toBe(second.key.id)
  await clock.advance(1000)
  expect(outlets.subscribe(SESSION, 'gamma', 1, true).key.id).not.toBe(second.key.id)
})

it('removes the stream when the last one is released, or has not renewed', async () => {
  const { clock, carrier, outlets, print, isLive } = writer()
  outlets.subscribe(SESSION, 'alpha', 0, false)
  outlets.subscribe(SESSION, 'gamma', 0, false)
  await isLive()
  await print('a')
  outlets.release('alpha', [SESSION, 'unknown'])
  await clock.advance(20_000)
  expect(carrier.streams.size).toBe(1)
  outlets.renew('gamma', [SESSION])
  outlets.renew('alpha', [SESSION])
  await clock.advance(20_000)
  expect(carrier.streams.size).toBe(1)
  await clock.advance(20_000)
  expect([carrier.streams.size, outlets.open]).toEqual([0, 0])
})

it('takes up a stream again that is just being removed', async () => {
  const { clock, outlets, print, read, isLive } = writer()
  outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  outlets.release('alpha', [SESSION])
  const pass = outlets.subscribe(SESSION, 'alpha', 0, false)
  await print('a')
  await clock.advance(1000)
  expect(read(pass)).toEqual(['1:a'])
})

it('an expelled computer cannot read what comes, though it knows the key and the stream', async () => {
  const { outlets, clock, print, read, isLive } = writer()
  const theirs = outlets.subscribe(SESSION, 'gamma', 0, false)
  outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  outlets.expel('gamma')
  await print('a')
  await clock.advance(0)
  expect(read(theirs)).toEqual(['stale'])
  expect(read(outlets.subscribe(SESSION, 'alpha', 1, false))).toEqual(['1:a'])
  outlets.renew('gamma', [SESSION])
  outlets.release('alpha', [SESSION])
  await clock.advance(0)
  expect(outlets.open).toBe(0)
})

it('lets a session go that was removed', async () => {
  const { clock, journal, carrier, outlets, print, isLive } = writer()
  outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  await print('a')
  journal.remove(SESSION)
  await clock.advance(40_000)
  expect([carrier.streams.size, outlets.open]).toEqual([0, 0])
})

it('takes its streams along when the daemon ends', async () => {
  const { clock, carrier, outlets, print, isLive } = writer()
  outlets.subscribe(SESSION, 'alpha', 0, false)
  await isLive()
  await print('a')
  await outlets.close()
  await clock.advance(0)
  expect([carrier.streams.size, outlets.open]).toEqual([0, 0])
})
