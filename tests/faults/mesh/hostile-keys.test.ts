import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import type { SessionId } from '../../../core/ids.ts'
import { Bus } from '../../support/bus.ts'
import { computersOf, sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'
import { NumberedLines } from './numbered-lines.ts'

const mesh = TestMesh.forFile(['alpha', 'beta', 'gamma'], {
  options: { heartbeatMs: 1000, heartbeatTtlMs: 4000 },
})
const alpha = () => mesh().daemon('alpha')
const beta = () => mesh().daemon('beta')
let bus: Bus
beforeAll(() => {
  bus = new Bus(mesh().redis)
})
afterAll(() => bus?.[Symbol.asyncDispose]())

/** Settles when alpha can have something done by beta. */
const reaches = () =>
  until(
    () =>
      alpha()
        .call('session.list', { computer: 'beta' })
        .then(
          () => true,
          () => false,
        ),
    'beta does what alpha asks',
    20_000,
  )

describe("Whoever writes into a session's stream", () => {
  let lines: NumberedLines
  let key: string
  beforeAll(async () => {
    lines = await NumberedLines.start(alpha(), beta(), 'beta')
    key = `${bus.prefix}output:${lines.id as SessionId}`
  })

  /** Writes where the owner would have written next. */
  const appended = async (bytes: Buffer) => {
    for (;;) {
      const [last] = await bus.redis.xrevrange(key, '+', '-', 'COUNT', 1)
      const id = `${Number(last?.[0].split('-')[0] ?? 0) + 1}-0`
      const isThere = await bus.redis.xadd(key, id, 'm', bytes).then(
        () => true,
        () => false,
      )
      if (isThere) return
    }
  }
  const recorded = () =>
    until(async () => {
      const entries = await bus.redis.xrangeBuffer(key, '-', '+', 'COUNT', 4)
      return entries.length < 4 ? null : entries.flatMap(([, fields]) => fields[1] ?? [])
    }, 'four entries')

  it.each<[string, () => Promise<unknown>]>([
    ['words', () => appended(Buffer.from('n 1\n'))],
    ['nothing', () => appended(Buffer.alloc(0))],
    ['an entry of its own again', async () => appended((await recorded())[0] ?? Buffer.alloc(0))],
    [
      'an entry less its end',
      async () => appended((await recorded())[1]?.subarray(0, -5) ?? Buffer.alloc(0)),
    ],
    ['1 MiB', () => appended(Buffer.alloc(2 ** 20))],
    ['an entry far ahead', () => bus.redis.xadd(key, '9007199254740993-7', 'm', 'x')],
    [
      'the last entry that there can be',
      () => bus.redis.xadd(key, `${2n ** 64n - 1n}-${2n ** 64n - 1n}`, 'm', 'x'),
    ],
    [
      'its entries in another order',
      async () => {
        const entries = (await recorded()).toReversed()
        await bus.redis.del(key)
        for (const entry of entries) await appended(entry)
      },
    ],
    ['a string in its place', () => bus.redis.set(key, 'something else')],
    [
      'a hash in its place',
      async () => {
        await bus.redis.del(key)
        await bus.redis.hset(key, 'm', 'something else')
      },
    ],
  ])('as with %s, changes nothing of what is read: it flows on', async (_, attack) => {
    await attack().catch(() => {}) // the owner may have been faster
    await lines.flow()
  })

  it('has not added, changed, dropped or moved a line', () => lines.complete())
})

describe('Whoever writes heartbeats', () => {
  const heartbeat = (name: string) => `${bus.prefix}computer:${name}`
  const names = async () => (await computersOf(alpha())).map(({ name }) => name).sort()

  it('brings in nobody: not with words, nor with the heartbeat of another', async () => {
    const ofGamma = await until(() => bus.redis.getBuffer(heartbeat('gamma')), "gamma's heartbeat")
    for (const [name, bytes] of [
      ['delta', Buffer.from('{"name":"delta"}')],
      ['epsilon', ofGamma],
      ['../zeta', ofGamma],
    ] as const) {
      await bus.redis.set(heartbeat(name), bytes, 'EX', 60)
      await bus.redis.zadd(`${bus.prefix}computers`, systemClock.now(), name)
    }
    const { strangers } = await until(async () => {
      const list = await alpha().call<{ strangers: number }>('peers.list')
      return list.strangers > 0 ? list : null
    }, 'alpha has looked')
    expect(strangers).toBe(2)
    expect(await names()).toEqual(['alpha', 'beta', 'gamma'])
    for (const name of ['delta', 'epsilon', '../zeta']) {
      await bus.redis.del(heartbeat(name))
      await bus.redis.zrem(`${bus.prefix}computers`, name)
    }
  })

  it.each<[string, (key: string, ofGamma: Buffer) => Promise<unknown>]>([
    ['words', key => bus.redis.set(key, 'words')],
    ["another's heartbeat", (key, ofGamma) => bus.redis.set(key, ofGamma)],
  ])(
    'with %s under the name of a computer keeps it away, not for longer than they stand',
    async (_, attack) => {
      const ofGamma = await until(() => bus.redis.getBuffer(heartbeat('gamma')), "gamma's heartbeat")
      await attack(heartbeat('beta'), ofGamma)
      await until(async () => {
        const { mesh: status } = await beta().status()
        return status?.joined === false && status.problem?.includes("'beta' is taken by somebody")
      }, 'beta says why it is not there')
      await sees(alpha(), 'beta', 'offline')
      await bus.redis.del(heartbeat('beta'))
      await sees(alpha(), 'beta')
      await reaches()
    },
  )

  it('with something that is no heartbeat at all keeps nobody away', async () => {
    const key = heartbeat('beta')
    await bus.redis.del(key)
    await bus.redis.hset(key, 'something', 'else')
    await until(async () => (await bus.redis.type(key)) === 'string', 'a heartbeat')
    await reaches()
    expect((await beta().status()).mesh?.joined).toBe(true)
  })

  it('with words that would stand for ever keeps it away for as long as a heartbeat lasts', async () => {
    await bus.redis.set(heartbeat('beta'), 'words')
    await until(async () => (await bus.redis.pttl(heartbeat('beta'))) > 0, 'an end')
    await bus.redis.del(heartbeat('beta'))
    await reaches()
  })

  it('and the list of computers, cannot have it read without end, nor take it away for long', async () => {
    const key = `${bus.prefix}computers`
    const many = bus.redis.pipeline()
    for (let at = 0; at < 5000; at++) many.zadd(key, systemClock.now() + at, `name-${at}`)
    await many.exec()
    await reaches()
    expect(await names()).toEqual(['alpha', 'beta', 'gamma'])
    await bus.redis.set(key, 'something else')
    await until(async () => (await bus.redis.type(key)) === 'zset', 'a list')
    await until(async () => (await bus.redis.zcard(key)) === 3, 'all of them')
    await reaches()
  })
})

it('Something else under keys of the mesh, of whatever type, stops nothing', async () => {
  const session = await beta().session({ computer: 'alpha', title: 'there' })
  const { redis, prefix } = bus
  await redis.set(`${prefix}messages:beta`, 'a string')
  await redis.del(`${prefix}messages:alpha`, `${prefix}wake:alpha`, `${prefix}wake:beta`)
  await redis.lpush(`${prefix}messages:alpha`, 'a', 'list')
  await redis.hset(`${prefix}wake:alpha`, 'a', 'hash')
  await redis.set(`${prefix}wake:beta`, 'a string')
  await redis.set(`${prefix}messages:beta:dead`, 'a string')
  await reaches()
  await bus.post('beta', Buffer.from('garbage'))
  expect((await beta().send(session, 'echo it')).output).toBe('it\n')
  expect((await beta().status()).mesh?.counts).toMatchObject({ unreadable: 1, lost: 1 })
})
