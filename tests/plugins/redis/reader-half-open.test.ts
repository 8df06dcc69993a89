import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'
import { bytesOf, Collector, connectTransport, entriesFrom, Watcher } from './connected-transport.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())
afterEach(() => redis.cli('FLUSHALL'))

const session = 'aaaaaaaaaaaa' as SessionId
const MAILBOX = 'teleclaude:messages:workstation'
/** Nothing is taken for dead because it is silent, unless another connection answers. */
const LENIENT = { commandTimeoutMs: 60_000 }

describe('a connection', () => {
  it('that is dead without a word is replaced', async () => {
    await using proxy = await startTcpProxy({ to: redis.socketPath })
    const options = { commandTimeoutMs: 300 }
    const { transport } = await connectTransport(`redis://127.0.0.1:${proxy.port}`, { options })
    const collector = new Collector()
    transport.receive(collector)
    await transport.send('workstation', bytesOf('1'))
    await until(() => collector.mails.length === 1, 'the first mail')
    proxy.halfOpen()
    await redis.cli('XADD', MAILBOX, '*', 'm', '2')
    await until(() => collector.mails.length === 2, 'the mail that came meanwhile')
    expect(collector.texts).toEqual(['1', '2'])
  })

  it('that reads, and is dead without a word, is replaced alone while somebody watches', async () => {
    await using proxy = await startTcpProxy({ to: redis.socketPath })
    const { transport, link } = await connectTransport(`redis://127.0.0.1:${proxy.port}`, {
      options: LENIENT,
    })
    const watcher = new Watcher()
    const states: boolean[] = []
    link.onState(({ up }) => states.push(up))
    transport.readStream(session, 0, watcher)
    await transport.append(session, entriesFrom(1, 2))
    await until(() => watcher.read.length === 2, 'the first output')
    proxy.halfOpen(':reader')
    await transport.append(session, entriesFrom(3, 4))
    await until(() => watcher.read.length === 4, 'the output that came meanwhile')
    expect(watcher.seqs).toEqual([1, 2, 3, 4])
    expect(transport.counts()).toMatchObject({ reconnects: 1, read_failures: 0 })
    expect(states).toEqual([])
  })

  it('that reads, and is dead without a word, is found out when an answer is waited for', async () => {
    await using proxy = await startTcpProxy({ to: redis.socketPath })
    const { transport } = await connectTransport(`redis://127.0.0.1:${proxy.port}`, { options: LENIENT })
    const collector = new Collector()
    transport.receive(collector)
    await until(async () => (await redis.cli('CLIENT', 'LIST')).includes('cmd=xread'), 'a blocked reader')
    proxy.halfOpen(':reader')
    await transport.send('workstation', bytesOf('1'))
    await until(() => collector.mails.length === 1, 'the mail')
    expect(transport.counts()).toMatchObject({ wakes: 1, reconnects: 1, read_failures: 0 })
  })

  it('that reads is kept when Redis stands still', async () => {
    await using own = await startRedis()
    await using proxy = await startTcpProxy({ to: own.socketPath })
    const { transport, link } = await connectTransport(`redis://127.0.0.1:${proxy.port}`, {
      options: LENIENT,
    })
    const [collector, watcher] = [new Collector(), new Watcher()]
    transport.receive(collector)
    transport.readStream(session, 0, watcher)
    await transport.send('workstation', bytesOf('1'))
    await until(() => collector.mails.length === 1, 'the first mail')
    await own.pause()
    const sent = transport.send('workstation', bytesOf('2'))
    await until(() => proxy.accepted >= 4, 'attempts to replace both connections')
    own.resume()
    expect(await sent).not.toBe(false)
    await until(() => collector.mails.length === 2, 'the second mail')
    await until(() => proxy.connections === 2, 'the old connections alone')
    expect(transport.counts()).toMatchObject({ reconnects: 0, read_failures: 0 })
    expect(link.state.up).toBe(true)
  })
})
