import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
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

/** Lets what is ready run. */
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

const MAILBOX = 'teleclaude:messages:workstation'
const DEAD = 'teleclaude:messages:workstation:dead'

describe('mail', () => {
  it('arrives in order, each once, with every byte', async () => {
    const { transport } = await connectTransport(redis)
    const collector = new Collector()
    transport.receive(collector)
    const messages = [
      ...range(1, 500).map(n => bytesOf(`${n}`)),
      new Uint8Array(),
      Uint8Array.from(range(0, 255)),
    ]
    const places = await Promise.all(messages.map(message => transport.send('workstation', message)))
    expect(new Set(places.filter(place => place !== null)).size).toBe(messages.length)
    await until(() => collector.mails.length >= messages.length, 'all mail')
    expect(collector.mails.map(({ bytes }) => bytes && Buffer.from(bytes))).toEqual(
      messages.map(m => Buffer.from(m)),
    )
    expect(transport.counts()).toMatchObject({ sent: 502, received: 502, dead: 0, lost: 0 })
  })

  it('that came before the first start is read, and after a restart only what is new', async () => {
    const first = await connectTransport(redis)
    await first.transport.send('workstation', bytesOf('early'))
    const collector = new Collector()
    first.transport.receive(collector)
    await until(() => collector.mails.length === 1, 'the early mail')
    await first.close()

    const second = await connectTransport(redis)
    await second.transport.send('workstation', bytesOf('late'))
    const after = new Collector(collector.position)
    second.transport.receive(after)
    await until(() => after.mails.length === 1, 'the late mail')
    expect(after.texts).toEqual(['late'])
    expect(after.losses).toEqual([])
  })

  it('that was there before it was read, or read again, is told from what comes then', async () => {
    await using proxy = await startTcpProxy({ to: redis.socketPath })
    const { transport } = await connectTransport(`redis://127.0.0.1:${proxy.port}`)
    await transport.send('workstation', bytesOf('before'))
    const collector = new Collector()
    transport.receive(collector)
    await until(() => collector.mails.length === 1, 'what was there')
    await transport.send('workstation', bytesOf('meanwhile'))
    await until(() => collector.mails.length === 2, 'what came')
    proxy.freeze()
    proxy.cutAll()
    await redis.cli('XADD', MAILBOX, '*', 'm', 'unread')
    proxy.unfreeze()
    await until(() => collector.mails.length === 3, 'what came while nobody read')
    expect(collector.mails.map(({ hasWaited }) => hasWaited)).toEqual([true, false, true])
  })

  it('is taken in one at a time', async () => {
    const { transport } = await connectTransport(redis)
    const collector = new Collector()
    let underWay = 0
    let most = 0
    collector.fate = async () => {
      most = Math.max(most, ++underWay)
      await turn()
      underWay -= 1
      return null
    }
    transport.receive(collector)
    for (const n of range(1, 50)) await transport.send('workstation', bytesOf(`${n}`))
    await until(() => collector.mails.length === 50, 'all mail')
    expect(most).toBe(1)
  })

  it('that is refused becomes a dead letter with the reason, and holds up nothing', async () => {
    const { transport } = await connectTransport(redis)
    const collector = new Collector()
    collector.fate = async ({ bytes }) => (bytes?.[0] === 0x62 ? 'it was forged' : null)
    transport.receive(collector)
    await transport.send('workstation', bytesOf(`bad ${'x'.repeat(100_000)}`))
    await transport.send('workstation', bytesOf('good'))
    await until(() => collector.mails.length === 2, 'both mails')
    await until(async () => (await redis.cli('XLEN', DEAD)) === '1', 'a dead letter')
    const letter = (await redis.cli('XRANGE', DEAD, '-', '+')).split('\n')
    expect(letter.slice(1, 4)).toEqual(['reason', 'it was forged', 'm'])
    expect(letter[4]).toHaveLength(64 * 1024)
    expect(Number(letter[6])).toBeGreaterThan(1.7e12)
    expect(transport.counts()).toMatchObject({ received: 1, dead: 1 })
  })

  it('whose taking fails becomes a dead letter at once, and only the log says why', async () => {
    const { transport, log } = await connectTransport(redis, { clock: new FakeClock() })
    const collector = new Collector()
    collector.fate = async ({ bytes }) => {
      if (bytes?.[0] === 0x62) throw new Error('no room in /home/ada')
      return null
    }
    transport.receive(collector)
    await transport.send('workstation', bytesOf('bad'))
    await transport.send('workstation', bytesOf('good'))
    // No time passes.
    await until(() => collector.mails.length === 1, 'the mail behind it')
    expect(collector.texts).toEqual(['good'])
    expect(await redis.cli('XRANGE', DEAD, '-', '+')).toMatch(/it could not be taken in\nm\nbad/)
    expect(log.lines.join()).toContain('no room in /home/ada')
    expect(transport.counts()).toMatchObject({ received: 1, dead: 1 })
  })

  it('that takes long to be taken in does not hold up the output of sessions', async () => {
    const { transport } = await connectTransport(redis)
    const collector = new Collector()
    let release = () => {}
    collector.fate = () =>
      new Promise(resolve => {
        release = () => resolve(null)
      })
    transport.receive(collector)
    await transport.send('workstation', bytesOf('slow'))
    await transport.send('workstation', bytesOf('next'))
    const session = 'aaaaaaaaaaaa' as SessionId
    const watcher = new Watcher()
    transport.readStream(session, 0, watcher)
    await transport.append(session, entriesFrom(1, 3))
    await until(() => watcher.read.length === 3, 'the output')
    await transport.append(session, entriesFrom(4, 4))
    await until(() => watcher.read.length === 4, 'more output')
    expect(collector.mails).toEqual([])
    release()
    await until(() => collector.mails.length === 1, 'the slow mail')
    collector.fate = async () => null
    release()
    await until(() => collector.mails.length === 2, 'the mail behind it')
  })
})

describe('a mailbox', () => {
  it('is trimmed of what was taken but for the last, so that nothing seems lost later', async () => {
    const clock = new FakeClock()
    const { transport, close } = await connectTransport(redis, { clock })
    const collector = new Collector()
    transport.receive(collector)
    for (const n of range(1, 5)) await transport.send('workstation', bytesOf(`${n}`))
    await until(() => collector.mails.length === 5, 'all mail')
    await until(() => clock.nextInMs !== null, 'a timer')
    await clock.advance(5000)
    await until(async () => (await redis.cli('XLEN', MAILBOX)) === '1', 'a trimmed mailbox')
    expect(Number(await redis.cli('TTL', MAILBOX))).toBeGreaterThan(6 * 24 * 3600)
    await close()

    const again = await connectTransport(redis)
    await again.transport.send('workstation', bytesOf('6'))
    const after = new Collector(collector.position)
    again.transport.receive(after)
    await until(() => after.mails.length === 1, 'the new mail')
    expect(after.losses).toEqual([])
  })

  it('that dropped mail before it was read is reported, and read on', async () => {
    const { transport, close } = await connectTransport(redis)
    const collector = new Collector()
    transport.receive(collector)
    await transport.send('workstation', bytesOf('1'))
    await until(() => collector.mails.length === 1, 'the first mail')
    await close()

    const again = await connectTransport(redis)
    for (const n of range(2, 5)) await again.transport.send('workstation', bytesOf(`${n}`))
    await redis.cli('XTRIM', MAILBOX, 'MAXLEN', '2')
    const after = new Collector(collector.position)
    again.transport.receive(after)
    await until(() => after.mails.length === 2, 'what is left')
    expect(after.texts).toEqual(['4', '5'])
    expect(after.losses).toEqual(['the oldest mail was dropped before it was read'])
    expect(again.transport.counts()).toMatchObject({ lost: 1 })
  })

  it('into which more comes than it holds, while its computer is busy, is reported', async () => {
    const { transport } = await connectTransport(redis, { options: { mailboxLength: 100 } })
    const collector = new Collector()
    const busy = Promise.withResolvers<void>()
    let isBusy = false
    collector.fate = async () => {
      isBusy = true
      await busy.promise
      return null
    }
    transport.receive(collector)
    await transport.send('workstation', bytesOf('first'))
    await until(() => isBusy, 'a busy computer')
    await Promise.all(range(1, 1000).map(n => transport.send('workstation', bytesOf(`${n}`))))
    busy.resolve()
    await until(() => collector.texts.at(-1) === '1000', 'the newest mail')
    expect(collector.mails.length).toBeLessThan(500)
    expect(collector.losses).toHaveLength(1)
  })

  it('that was emptied or is an older one is read from its beginning', async () => {
    const future = new Collector(`${Date.UTC(2100, 0)}-0`)
    const { transport } = await connectTransport(redis)
    await transport.send('workstation', bytesOf('restored'))
    transport.receive(future)
    await until(() => future.mails.length === 1, 'the mail of the restored mailbox')
    expect(future.losses).toEqual(['the mailbox is an older one: Redis was restored, or its clock set back'])
  })

  it('of which nothing is left is reported once', async () => {
    const { transport } = await connectTransport(redis)
    const collector = new Collector('1700000000000-0')
    transport.receive(collector)
    await until(() => collector.losses.length === 1, 'the loss')
    await transport.send('workstation', bytesOf('new'))
    await until(() => collector.mails.length === 1, 'new mail')
    expect(collector.losses).toHaveLength(1)
  })

  it('does not keep more than 8 MiB of one writer', async () => {
    const { transport } = await connectTransport(redis)
    const large = new Uint8Array(4 * 1024 * 1024 - 1024)
    for (const _ of range(1, 3)) await transport.send('desktop', large)
    await until(async () => (await redis.cli('XLEN', 'teleclaude:messages:desktop')) === '1', 'a trim')
  })
})

describe('a message that its sender asks about', () => {
  const DROPPED = /^the mailbox overflowed/
  /** A computer that has read one message and then hangs, and one that writes to it. */
  async function hanging(mailboxLength = 1000) {
    const clock = new FakeClock()
    const { transport: reader } = await connectTransport(redis, { clock })
    const { transport: writer } = await connectTransport(redis, {
      computer: 'macbook',
      options: { mailboxLength },
    })
    const collector = new Collector()
    reader.receive(collector)
    await writer.send('workstation', bytesOf('read'))
    await until(() => collector.mails.length === 1, 'the first message')
    await until(async () => {
      await clock.advance(2500)
      return (await redis.cli('GET', `${MAILBOX}:read`)) === collector.position
    }, 'word of how far it has read')
    const held = Promise.withResolvers<null>()
    onTestFinished(() => held.resolve(null))
    collector.fate = () => held.promise
    const send = async (text: string) => {
      const place = await writer.send('workstation', bytesOf(text))
      if (place === null) throw new Error('Redis is there')
      return place
    }
    await send('held')
    return { writer, reader, collector, clock, send, release: () => held.resolve(null) }
  }

  it('was not dropped while it waits to be read, nor when its reader has removed it', async () => {
    const { writer, reader, collector, clock, send, release } = await hanging()
    const place = await send('asked about')
    expect(await writer.whyDropped('workstation', place)).toBeNull()
    release()
    const after = await send('after')
    await until(() => collector.mails.length === 4, 'all messages')
    await until(async () => {
      await clock.advance(2500)
      return (await redis.cli('XLEN', MAILBOX)) === '1'
    }, 'a trimmed mailbox')
    expect(await writer.whyDropped('workstation', place)).toBeNull()
    expect(await writer.whyDropped('workstation', after)).toBeNull()
    await reader.close()
    await redis.cli('XTRIM', MAILBOX, 'MAXLEN', '0')
    expect(await writer.whyDropped('workstation', after)).toBeNull()
  })

  it('was dropped when the messages of others have driven it out unread', async () => {
    const { writer, send } = await hanging(100)
    const place = await send('asked about')
    await Promise.all(range(1, 500).map(number => send(`${number}`)))
    expect(await writer.whyDropped('workstation', place)).toMatch(DROPPED)
    expect(await writer.whyDropped('workstation', await send('the newest'))).toBeNull()
  })

  it('was dropped when somebody trims or deletes the mailbox', async () => {
    const { writer, send } = await hanging()
    const first = await send('trimmed')
    await redis.cli('XTRIM', MAILBOX, 'MAXLEN', '0')
    expect(await writer.whyDropped('workstation', first)).toMatch(DROPPED)
    const second = await send('deleted')
    await redis.cli('DEL', MAILBOX)
    expect(await writer.whyDropped('workstation', second)).toMatch(DROPPED)
  })

  it('is not said to be dropped where nobody tells how far the mailbox was read', async () => {
    const { writer, send } = await hanging()
    const place = await send('asked about')
    await redis.cli('DEL', MAILBOX, `${MAILBOX}:read`)
    expect(await writer.whyDropped('workstation', place)).toBeNull()
    await redis.cli('SET', `${MAILBOX}:read`, 'garbage')
    expect(await writer.whyDropped('workstation', place)).toBeNull()
  })

  it('can be asked about while its reader is new, and not while Redis is away', async () => {
    await using own = await startRedis()
    const { transport, link } = await connectTransport(own)
    const collector = new Collector()
    collector.fate = () => new Promise(() => undefined)
    transport.receive(collector)
    await until(async () => (await own.cli('GET', `${MAILBOX}:read`)) === '0-0', 'word that nothing was read')
    const place = (await transport.send('workstation', bytesOf('asked about'))) ?? ''
    await own.cli('XTRIM', MAILBOX, 'MAXLEN', '0')
    expect(await transport.whyDropped('workstation', place)).toMatch(DROPPED)
    await own.stop()
    await until(() => !link.state.up, 'a lost connection')
    await expect(transport.whyDropped('workstation', place)).rejects.toMatchObject({
      code: 'TC_ERR_TRANSPORT',
    })
  })
})

describe('what redis-cli puts into a mailbox', () => {
  it('without the field of a message is taken for none', async () => {
    const { transport } = await connectTransport(redis)
    const collector = new Collector()
    collector.fate = async ({ bytes }) => (bytes === null ? 'no message' : null)
    transport.receive(collector)
    await redis.cli('XADD', MAILBOX, '*', 'other', 'field', 'm2', 'x')
    await redis.cli('XADD', MAILBOX, '*', 'a', 'b', 'm', 'behind')
    await until(() => collector.mails.length === 2, 'both')
    expect(collector.texts).toEqual(['null', 'behind'])
  })

  it('under its key in place of a stream becomes a dead letter', async () => {
    const { transport } = await connectTransport(redis)
    await redis.cli('SET', MAILBOX, 'garbage')
    const collector = new Collector('1700000000000-0')
    transport.receive(collector)
    await until(() => collector.losses.length === 1, 'the loss')
    await transport.send('workstation', bytesOf('after'))
    await until(() => collector.mails.length === 1, 'the mail after')
    expect(collector.losses).toEqual(['a string stood in the place of the mailbox'])
    expect(await redis.cli('XRANGE', DEAD, '-', '+')).toMatch(/a string stood in the place.*\nm\ngarbage/)
  })

  it('under the last possible id does not close it for ever', async () => {
    const { transport } = await connectTransport(redis)
    const collector = new Collector()
    transport.receive(collector)
    await redis.cli('XADD', MAILBOX, '18446744073709551615-18446744073709551615', 'm', 'last')
    await until(async () => (await redis.cli('EXISTS', MAILBOX)) === '0', 'a mailbox made free')
    await transport.send('workstation', bytesOf('after'))
    await until(() => collector.mails.length === 2, 'the mail after')
    expect(collector.texts).toEqual(['last', 'after'])
  })
})

describe('sending', () => {
  it('fails at once while Redis is not there, saying why', async () => {
    await using own = await startRedis()
    const { transport, link } = await connectTransport(own)
    await own.stop()
    await until(() => !link.state.up, 'a lost connection')
    await expect(transport.send('desktop', bytesOf('x'))).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
    expect(transport.counts()).toMatchObject({ sent: 0, sent_unknown: 0 })
  })

  it('fails when Redis refuses it', async () => {
    await using own = await startRedis()
    const { transport } = await connectTransport(own)
    await own.cli('SET', 'teleclaude:messages:desktop', 'no stream')
    await expect(transport.send('desktop', bytesOf('x'))).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
    await own.configSet('maxmemory', '1')
    await expect(transport.send('laptop', bytesOf('x'))).rejects.toThrow(/out of memory/)
  })

  it('says that it does not know when the connection breaks under way', async () => {
    await using proxy = await startTcpProxy({ to: redis.socketPath })
    const { transport } = await connectTransport(`redis://127.0.0.1:${proxy.port}`)
    proxy.freeze()
    const sent = transport.send('desktop', bytesOf('x'))
    await turn()
    proxy.cutAll()
    expect(await sent).toBeNull()
    expect(transport.counts()).toMatchObject({ sent_unknown: 1 })
  })

  it('refuses what is too large', async () => {
    const { transport } = await connectTransport(redis)
    const refused = transport.send('desktop', new Uint8Array(transport.maxMessageBytes + 1))
    await expect(refused).rejects.toMatchObject({ code: 'TC_ERR_MESSAGE_TOO_LARGE' })
    expect(await transport.send('desktop', new Uint8Array(transport.maxMessageBytes))).not.toBeNull()
  })
})
