import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import type { SealedEntry } from '../../../core/transport.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'
import { bytesOf, Collector, connectTransport, entriesFrom, range, Watcher } from './connected-transport.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())
afterEach(() => redis.cli('FLUSHALL'))

const session = 'aaaaaaaaaaaa' as SessionId
const other = 'bbbbbbbbbbbb' as SessionId
const OUTPUT = 'teleclaude:output:aaaaaaaaaaaa'

const idsThere = async () => (await redis.cli('XRANGE', OUTPUT, '-', '+')).match(/^\d+-\d+$/gm) ?? []

describe('the stream of a session', () => {
  it('is read in order from where its reader asked, with every byte', async () => {
    const owner = await connectTransport(redis)
    const origin = await connectTransport(redis, { computer: 'macbook' })
    await owner.transport.append(session, entriesFrom(5, 10))
    const watcher = new Watcher()
    origin.transport.readStream(session, 7, watcher)
    const raw: SealedEntry = { seq: 11, bytes: Uint8Array.from(range(0, 255)) }
    await owner.transport.append(session, [raw])
    await until(() => watcher.read.length === 4, 'the entries')
    expect(watcher.seqs).toEqual([8, 9, 10, 11])
    expect(Buffer.from(watcher.read.at(-1)?.bytes ?? [])).toEqual(Buffer.from(raw.bytes))
    expect(watcher.interruptions).toBe(0)
    expect(owner.transport.counts()).toMatchObject({ entries_written: 7 })
    expect(origin.transport.counts()).toMatchObject({ entries_read: 4 })
  })

  it('holds what several appends under way bring, in their order', async () => {
    const { transport } = await connectTransport(redis)
    const watcher = new Watcher()
    transport.readStream(session, 0, watcher)
    await Promise.all(range(0, 19).map(n => transport.append(session, entriesFrom(n * 50 + 1, n * 50 + 50))))
    await until(() => watcher.read.length === 1000, 'all entries')
    expect(watcher.seqs).toEqual(range(1, 1000))
  })

  it('keeps about as many entries and bytes as it may, and goes by itself when nobody writes', async () => {
    const options = { outputLength: 300, outputBytes: 256 * 1024, outputTtlSeconds: 60 }
    const { transport } = await connectTransport(redis, { options })
    for (const n of range(0, 9)) await transport.append(session, entriesFrom(n * 100 + 1, n * 100 + 100))
    const byLength = await idsThere()
    expect(byLength.at(-1)).toBe('1000-0')
    expect(byLength.length).toBeGreaterThanOrEqual(300)
    expect(byLength.length).toBeLessThan(500)

    const large = (seq: number) => ({ seq, bytes: new Uint8Array(4096) })
    for (const seq of range(1001, 1200)) await transport.append(session, [large(seq)])
    const byBytes = await idsThere()
    expect(byBytes.length).toBeGreaterThan(50)
    expect(byBytes.length).toBeLessThanOrEqual(64)
    expect(Number(await redis.cli('TTL', OUTPUT))).toBeGreaterThan(50)
  })

  it('gets its full life again once a minute', async () => {
    const clock = new FakeClock()
    const { transport } = await connectTransport(redis, { clock })
    await transport.append(session, entriesFrom(1, 1))
    await redis.cli('EXPIRE', OUTPUT, '100')
    await transport.append(session, entriesFrom(2, 2))
    expect(Number(await redis.cli('TTL', OUTPUT))).toBeLessThanOrEqual(100)
    await clock.advance(60_000)
    await transport.append(session, entriesFrom(3, 3))
    expect(Number(await redis.cli('TTL', OUTPUT))).toBeGreaterThan(3500)
  })

  it('is refused an entry behind what stands there, and can be begun anew', async () => {
    const { transport } = await connectTransport(redis)
    await transport.append(session, entriesFrom(1, 3))
    await redis.cli('XADD', OUTPUT, '1000000-0', 'm', 'forged')
    const refused = transport.append(session, entriesFrom(4, 5))
    await expect(refused).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
    await transport.removeStream(session)
    expect(await redis.cli('EXISTS', OUTPUT)).toBe('0')
    await transport.append(session, entriesFrom(4, 5))
    expect(await idsThere()).toEqual(['4-0', '5-0'])
  })

  it('can be begun anew where something else took its place', async () => {
    const { transport } = await connectTransport(redis)
    await redis.cli('SET', OUTPUT, 'garbage')
    await expect(transport.append(session, entriesFrom(1, 1))).rejects.toMatchObject({
      code: 'TC_ERR_TRANSPORT',
    })
    await transport.removeStream(session)
    await transport.append(session, entriesFrom(1, 1))
    expect(await idsThere()).toEqual(['1-0'])
  })

  it('cannot be written or removed while Redis is not there', async () => {
    await using own = await startRedis()
    const { transport, link } = await connectTransport(own)
    await own.stop()
    await until(() => !link.state.up, 'a lost connection')
    await expect(transport.append(session, entriesFrom(1, 1))).rejects.toMatchObject({
      code: 'TC_ERR_TRANSPORT',
    })
    await expect(transport.removeStream(session)).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
  })

  it('is not known to be written when the connection breaks under way', async () => {
    await using proxy = await startTcpProxy({ to: redis.socketPath })
    const { transport } = await connectTransport(`redis://127.0.0.1:${proxy.port}`)
    proxy.freeze()
    const appended = transport.append(session, entriesFrom(1, 100))
    proxy.cutAll()
    await expect(appended).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
  })

  it('is named in the metadata of its session', async () => {
    const { transport } = await connectTransport(redis)
    expect(transport.channel(session)).toEqual({ stream: OUTPUT })
  })
})

describe('a reader', () => {
  it('gets what follows a hole, and what follows a stream that was deleted', async () => {
    const { transport } = await connectTransport(redis)
    const watcher = new Watcher()
    transport.readStream(session, 0, watcher)
    await transport.append(session, entriesFrom(1, 2))
    await until(() => watcher.read.length === 2, 'the first entries')
    await redis.cli('DEL', OUTPUT)
    await transport.append(session, entriesFrom(3, 3))
    await transport.append(session, entriesFrom(9, 9))
    await until(() => watcher.read.length === 4, 'what follows')
    expect(watcher.seqs).toEqual([1, 2, 3, 9])
  })

  it('reads entries that were written again only once', async () => {
    const { transport } = await connectTransport(redis)
    const watcher = new Watcher()
    transport.readStream(session, 0, watcher)
    await transport.append(session, entriesFrom(1, 10))
    await until(() => watcher.read.length === 10, 'the first entries')
    await transport.removeStream(session)
    await transport.append(session, entriesFrom(6, 12))
    await until(() => watcher.seqs.includes(12), 'the new entries')
    expect(watcher.seqs).toEqual(range(1, 12))
  })

  it('is given nothing to believe of entries that no owner has written', async () => {
    const { transport } = await connectTransport(redis)
    const watcher = new Watcher()
    transport.readStream(session, 0, watcher)
    await redis.cli('XADD', OUTPUT, '3-7', 'm', 'x')
    await redis.cli('XADD', OUTPUT, '4-0', 'other', 'x')
    await redis.cli('XADD', OUTPUT, '18446744073709551615-0', 'm', 'x')
    await until(() => watcher.read.length === 3, 'the entries')
    expect(watcher.read.map(({ seq, bytes }) => [seq, bytes.length])).toEqual([
      [3, 0],
      [4, 0],
      [Number.MAX_SAFE_INTEGER, 0],
    ])
  })

  it('that begins elsewhere in a stream gets nothing of the reading before', async () => {
    const { transport } = await connectTransport(redis)
    const [before, after] = [new Watcher(), new Watcher()]
    await transport.append(session, entriesFrom(1, 5))
    transport.readStream(session, 4, before)
    await until(() => before.read.length === 1, 'an entry')
    transport.readStream(session, 2, after)
    await transport.append(session, entriesFrom(6, 6))
    await until(() => after.seqs.includes(6), 'the new entry')
    expect(after.seqs).toEqual([3, 4, 5, 6])
    expect(before.seqs).toEqual([5])
  })

  it('gets nothing after it was disposed of, even of a read that is under way', async () => {
    const { transport } = await connectTransport(redis)
    const [one, two] = [new Watcher(), new Watcher()]
    const reading = transport.readStream(session, 0, one)
    transport.readStream(other, 0, two)
    await until(async () => (await redis.cli('CLIENT', 'LIST')).includes('cmd=xread'), 'a blocked reader')
    reading[Symbol.dispose]()
    await transport.append(session, entriesFrom(1, 1))
    await transport.append(other, entriesFrom(1, 1))
    await until(() => two.read.length === 1, 'the entry of the other')
    expect(one.read).toEqual([])
  })

  it('whose sink throws does not keep the others from reading', async () => {
    const { transport, log } = await connectTransport(redis)
    const watcher = new Watcher()
    const throwing = {
      entries() {
        throw new Error('a fault of the reader')
      },
      interrupted() {},
    }
    transport.readStream(session, 0, throwing)
    transport.readStream(other, 0, watcher)
    await transport.append(session, entriesFrom(1, 1))
    await transport.append(other, entriesFrom(1, 1))
    await until(() => watcher.read.length === 1, 'the entry of the other')
    await until(() => log.lines.some(line => line.includes('a fault of the reader')), 'a line in the log')
  })

  it('is told when something else is found in place of its stream, and the others read on', async () => {
    const { transport } = await connectTransport(redis)
    const [one, two] = [new Watcher(), new Watcher()]
    await redis.cli('SET', OUTPUT, 'garbage')
    transport.readStream(other, 0, two)
    transport.readStream(session, 0, one)
    await until(() => one.interruptions === 1, 'the word')
    await transport.append(other, entriesFrom(1, 1))
    await until(() => two.read.length === 1, 'the entry of the other')
  })

  it('of a long stream leaves room for mail, which comes first, and for other streams', async () => {
    const { transport } = await connectTransport(redis)
    await transport.append(session, entriesFrom(1, 5000))
    await transport.append(other, entriesFrom(1, 1))
    await transport.send('workstation', bytesOf('mail'))
    const long = new Watcher()
    const before: Record<string, number> = {}
    const collector = new Collector()
    collector.fate = async () => {
      before.mail = long.read.length
      return null
    }
    transport.receive(collector)
    transport.readStream(session, 0, long)
    const entries = () => {
      before.entry = long.read.length
    }
    transport.readStream(other, 0, { entries, interrupted: () => undefined })
    await until(() => long.read.length === 5000, 'the long stream')
    expect(before).toEqual({ mail: 0, entry: 1 })
  })
})
