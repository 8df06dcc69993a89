import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'
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
const MAILBOX = 'teleclaude:messages:workstation'
const WAKE = 'teleclaude:wake:workstation'

/** How often each command was called, but for those of the test itself and of keeping connected. */
async function calls(server: RedisServer, command: string): Promise<number> {
  const line = (await server.cli('INFO', 'commandstats')).match(new RegExp(`cmdstat_${command}:calls=(\\d+)`))
  return Number(line?.[1] ?? 0)
}

/** The names of our connections. */
async function clients(server: RedisServer): Promise<string[]> {
  const list = await server.cli('CLIENT', 'LIST')
  return [...list.matchAll(/name=(teleclaude:\S+)/g)].map(([, name]) => name ?? '').sort()
}

describe('a reader', () => {
  it('costs one command a message, and next to none while nothing happens', async () => {
    await using own = await startRedis()
    const { transport } = await connectTransport(own)
    const collector = new Collector()
    transport.receive(collector)
    await transport.send('workstation', bytesOf('first'))
    await until(() => collector.mails.length === 1, 'the first mail')
    await own.cli('CONFIG', 'RESETSTAT')
    for (const n of range(1, 50)) {
      await transport.send('workstation', bytesOf(`${n}`))
      await until(() => collector.mails.length === n + 1, 'a mail')
    }
    expect(await calls(own, 'xadd')).toBe(50)
    expect(await calls(own, 'xread')).toBeLessThanOrEqual(51)
    for (const command of ['xtrim', 'xinfo', 'xlen', 'xrange', 'expire', 'type']) {
      expect([command, await calls(own, command)]).toEqual([command, expect.toSatisfy(n => n <= 2)])
    }
  })

  it('reads no more than some megabytes at a time, from the first read on', async () => {
    await using own = await startRedis()
    const fill = "for n = 1, 40 do redis.call('XADD', KEYS[1], '*', 'm', string.rep('x', 2^20)) end"
    await own.cli('EVAL', fill, '1', MAILBOX)
    const { transport } = await connectTransport(own)
    const collector = new Collector()
    transport.receive(collector)
    await until(() => collector.mails.length === 40, 'all mail')
    expect(await calls(own, 'xread')).toBeGreaterThanOrEqual(40 / 4)
  })

  it('is woken for a stream that is asked for while it waits', async () => {
    const { transport } = await connectTransport(redis)
    transport.receive(new Collector())
    await until(async () => (await redis.cli('CLIENT', 'LIST')).includes('cmd=xread'), 'a blocked reader')
    await transport.append(session, entriesFrom(1, 3))
    const watcher = new Watcher()
    transport.readStream(session, 0, watcher)
    await until(() => watcher.read.length === 3, 'the entries')
    expect(transport.counts()).toMatchObject({ wakes: 1 })
    expect(await redis.cli('XLEN', WAKE)).toBe('1')
  })

  it('is not woken for a stream that is asked for because of a mail', async () => {
    const { transport } = await connectTransport(redis)
    await transport.append(session, entriesFrom(1, 3))
    const watcher = new Watcher()
    const collector = new Collector()
    const told = Promise.withResolvers<void>()
    collector.fate = async () => {
      told.resolve()
      return null
    }
    transport.receive(collector)
    const asked = told.promise.then(async () => {
      for (const _ of range(1, 50)) await null
      transport.readStream(session, 0, watcher)
    })
    await transport.send('workstation', bytesOf('subscribed'))
    await asked
    await until(() => watcher.read.length === 3, 'the entries')
    expect(transport.counts()).toMatchObject({ wakes: 0 })
  })

  it('leaves no timer behind', async () => {
    const clock = new FakeClock()
    const { transport, close } = await connectTransport(redis, { clock })
    const collector = new Collector()
    const receiving = transport.receive(collector)
    const reading = transport.readStream(session, 0, new Watcher())
    await transport.send('workstation', bytesOf('x'))
    await until(() => collector.mails.length === 1, 'the mail')
    receiving[Symbol.dispose]()
    reading[Symbol.dispose]()
    await close()
    expect(clock.timers).toBe(0)
  })

  it('leaves no key but the mailbox and how far it was read, and no connection behind', async () => {
    const { transport, close } = await connectTransport(redis)
    transport.receive(new Collector())
    transport.readStream(other, 0, new Watcher())
    await transport.append(session, entriesFrom(1, 3))
    await transport.send('workstation', bytesOf('x'))
    await until(() => transport.counts().received === 1, 'the mail')
    expect(await clients(redis)).toEqual(['teleclaude:workstation:commands', 'teleclaude:workstation:reader'])
    await close()
    expect((await redis.cli('KEYS', '*')).split('\n').sort()).toEqual([MAILBOX, `${MAILBOX}:read`])
    expect(await redis.cli('XLEN', MAILBOX)).toBe('1')
    await until(async () => (await clients(redis)).length === 0, 'no connection')
  })
})

describe('after Redis', () => {
  it('was killed and came back empty, mail and output flow again, and the readers are told', async () => {
    await using own = await startRedis()
    const { transport, link } = await connectTransport(own)
    const [collector, watcher] = [new Collector(), new Watcher()]
    transport.receive(collector)
    transport.readStream(session, 0, watcher)
    await transport.send('workstation', bytesOf('before'))
    await transport.append(session, entriesFrom(1, 2))
    await until(() => collector.mails.length === 1 && watcher.read.length === 2, 'mail and output')
    await own.restart({ empty: true })
    await until(() => link.state.up && watcher.interruptions > 0, 'a new connection')
    await transport.send('workstation', bytesOf('after'))
    await transport.append(session, entriesFrom(3, 4))
    await until(() => collector.mails.length === 2 && watcher.read.length === 4, 'mail and output')
    expect(collector.texts).toEqual(['before', 'after'])
    expect(watcher.seqs).toEqual([1, 2, 3, 4])
    expect(collector.losses).toHaveLength(1)
  })

  it('was restarted with what it held, every mail comes once', async () => {
    await using own = await startRedis()
    const { transport, link } = await connectTransport(own)
    const collector = new Collector()
    transport.receive(collector)
    await transport.send('workstation', bytesOf('1'))
    await until(() => collector.mails.length === 1, 'the first mail')
    await own.restart({ empty: false })
    await until(() => link.state.up, 'a new connection')
    await transport.send('workstation', bytesOf('2'))
    await until(() => collector.mails.length === 2, 'the second mail')
    expect(collector.texts).toEqual(['1', '2'])
    expect(collector.losses).toEqual([])
  })

  it('stood still for three seconds, every mail comes once', async () => {
    await using own = await startRedis()
    const [sender, receiver] = [
      await connectTransport(own, { computer: 'macbook' }),
      await connectTransport(own),
    ]
    const collector = new Collector()
    receiver.transport.receive(collector)
    const sent: Promise<string>[] = []
    const send = (n: number) => {
      const place = sender.transport.send('workstation', bytesOf(`${n}`)).catch(() => null)
      sent.push(place.then(known => `${n}:${known !== null}`))
    }
    for (const n of range(1, 20)) send(n)
    await until(() => collector.mails.length === 20, 'mail')
    await own.pause()
    for (const n of range(21, 40)) send(n)
    await until(() => !sender.link.state.up || sent.length === 0, 'a connection taken for dead', 10_000)
    own.resume()
    await until(() => sender.link.state.up && receiver.link.state.up, 'new connections', 10_000)
    await until(
      async () => (await sender.transport.send('workstation', bytesOf('last'))) !== null,
      'a last one',
    )
    await until(() => collector.texts.includes('last'), 'the last mail')
    const numbers = collector.texts.filter(text => text !== 'last').map(Number)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    const certain = (await Promise.all(sent))
      .filter(outcome => /:\d+-\d+$/.test(outcome))
      .map(text => Number.parseInt(text, 10))
    expect(numbers).toEqual(expect.arrayContaining(certain))
    expect(collector.losses).toEqual([])
  })
})

describe('a connection', () => {
  it('that breaks in the midst of replies, again and again, loses and repeats nothing', async () => {
    await using proxy = await startTcpProxy({ to: redis.socketPath })
    const sender = await connectTransport(redis, { computer: 'macbook' })
    const receiver = await connectTransport(`redis://127.0.0.1:${proxy.port}`)
    const [collector, watcher] = [new Collector(), new Watcher()]
    receiver.transport.receive(collector)
    receiver.transport.readStream(session, 0, watcher)
    for (const n of range(0, 9)) {
      const cut = proxy.cutAfterBytes(3000)
      for (const m of range(n * 20 + 1, n * 20 + 20)) {
        await sender.transport.send('workstation', bytesOf(`${m}`))
        await sender.transport.append(session, entriesFrom(m, m, 'x'.repeat(500)))
      }
      await cut
    }
    await until(
      () => collector.mails.length >= 200 && watcher.read.length >= 200,
      'all mail and output',
      20_000,
    )
    expect(collector.texts).toEqual(range(1, 200).map(String))
    expect(watcher.seqs).toEqual(range(1, 200))
    expect(collector.losses).toEqual([])
    expect(receiver.transport.counts().reconnects).toBeGreaterThan(0)
    expect(watcher.interruptions).toBe(receiver.transport.counts().reconnects)
  })
})

describe('in a cluster', () => {
  it('mail and streams of any hash slot are read', async () => {
    await using cluster = await startRedisCluster()
    const options = { cluster: [...cluster.startupNodes] }
    const { transport, close } = await connectTransport('', { options })
    const collector = new Collector()
    transport.receive(collector)
    const sessions = range(1, 8).map(n => `session${n}` as SessionId)
    const watchers = sessions.map(() => new Watcher())
    const readings = sessions.map((id, at) => transport.readStream(id, 0, watchers[at] ?? new Watcher()))
    for (const id of sessions) await transport.append(id, entriesFrom(1, 50))
    for (const n of range(1, 20)) await transport.send('workstation', bytesOf(`${n}`))
    await until(() => collector.mails.length === 20, 'all mail')
    await until(() => watchers.every(({ read }) => read.length === 50), 'all output')
    expect(collector.texts).toEqual(range(1, 20).map(String))
    for (const reading of readings.slice(1)) reading[Symbol.dispose]()
    const connections = async () => (await Promise.all(cluster.nodes.map(clients))).flat()
    const readers = async () => (await connections()).filter(name => name.endsWith(':reader')).length
    await until(async () => (await readers()) === 2, 'a connection for the mailbox and one for what is read')
    await close()
    await until(async () => (await connections()).length === 0, 'no connection')
  })
})
