import { describe, expect, it } from 'vitest'
import { fault, scheduledBot, seededRandom } from './scheduled-bot.ts'

const HOUR = 3_600_000
const done = () => Promise.resolve()

/** A bot whose network can be cut: its calls and probes fail while it is. */
function cuttableBot() {
  const network = { isUp: true, probes: 0 }
  const probe = () => {
    network.probes++
    return network.isUp ? Promise.resolve() : Promise.reject(fault.failed())
  }
  const call = () => (network.isUp ? Promise.resolve('sent') : Promise.reject(fault.failed()))
  return { network, call, ...scheduledBot({ probe }) }
}

describe('while Telegram cannot be reached', () => {
  it('every job waits, for an hour if need be, and all are sent once it can', async () => {
    const { clock, network, call, submit, outgoing, sent } = cuttableBot()
    network.isUp = false
    const jobs = Array.from({ length: 15 }, (_, index) => submit(`${index}`, { lane: `${index}`, call }))
    await clock.advance(HOUR)
    expect(outgoing.status()).toMatchObject({ waiting: 15, problem: expect.stringContaining('failed') })
    network.isUp = true
    await clock.advance(60_000)
    expect(await Promise.all(jobs)).toHaveLength(15)
    expect(new Set(sent.map(each => each.name)).size).toBe(15)
    expect(outgoing.status()).toMatchObject({ waiting: 0, problem: null })
  })

  it('no job is tried, so that none is done again and again unseen: one probe at a time is', async () => {
    const { clock, network, call, send, sent } = cuttableBot()
    network.isUp = false
    for (let index = 0; index < 15; index++) send('job', { lane: `${index}`, call })
    await clock.advance(HOUR)
    expect(sent).toHaveLength(1)
    expect(network.probes).toBeGreaterThan(HOUR / 30_000 - 1)
    expect(network.probes).toBeLessThan(HOUR / 15_000 + 10)
  })

  it('work goes on at once when a probe is answered', async () => {
    const { clock, network, call, send, sent } = cuttableBot()
    network.isUp = false
    send('job', { call })
    await clock.advance(HOUR)
    network.isUp = true
    const before = network.probes
    while (network.probes === before) await clock.advance(clock.nextInMs ?? 0)
    await clock.advance(0)
    expect(sent).toHaveLength(2)
  })

  it('work goes on at once when a call that was under way is answered', async () => {
    const { clock, send, submit, outgoing } = scheduledBot({ probe: () => Promise.reject(fault.failed()) })
    const answer = Promise.withResolvers<void>()
    const underWay = submit('under way', { lane: 'a', call: () => answer.promise })
    await clock.advance(2000)
    let failures = 1
    send('fails', {
      lane: 'b',
      chat: 5,
      call: () => (failures-- > 0 ? Promise.reject(fault.failed()) : done()),
    })
    await clock.advance(1)
    expect(outgoing.status().problem).not.toBeNull()
    answer.resolve()
    await underWay
    await clock.advance(1000)
    expect(outgoing.status().waiting).toBe(0)
  })

  it('a probe that hangs is the only one', async () => {
    let probes = 0
    const probe = () => {
      probes++
      return new Promise(() => {})
    }
    const { clock, send } = scheduledBot({ probe })
    send('job', { call: () => Promise.reject(fault.unreached()) })
    await clock.advance(HOUR)
    expect(probes).toBe(1)
  })

  it('an answer of any kind to a probe will do', async () => {
    const { clock, submit } = scheduledBot({ probe: () => Promise.reject(fault.refused()) })
    let failures = 3
    const job = submit('job', {
      call: () => (failures-- > 0 ? Promise.reject(fault.failed()) : Promise.resolve('sent')),
    })
    await clock.advance(60_000)
    await expect(job).resolves.toBe('sent')
  })

  it('the log says so once, and once that it is over', async () => {
    const { clock, network, call, send, records } = cuttableBot()
    network.isUp = false
    send('job', { call })
    await clock.advance(HOUR)
    network.isUp = true
    await clock.advance(60_000)
    expect(records().map(record => record.msg)).toEqual([
      expect.stringContaining('nothing can be sent'),
      'Telegram can be reached again',
    ])
  })
})

describe('a job that fails', () => {
  it('for a reason of its own is given back at once, and the next ones go on', async () => {
    const { clock, submit, sent } = scheduledBot()
    const refused = submit('refused', { call: () => Promise.reject(fault.refused()) })
    const next = submit('next')
    await expect(Promise.all([refused, clock.advance(5000)])).rejects.toMatchObject({ kind: 'thread-gone' })
    await expect(next).resolves.toBe('next')
    expect(sent).toHaveLength(2)
  })

  it('because Telegram fails at it, and at it alone, holds nothing up and is given back in the end', async () => {
    const { clock, submit, outgoing } = scheduledBot()
    const poison = submit('poison', { lane: 'a', call: () => Promise.reject(fault.failed()) })
    const settled = expect(poison).rejects.toMatchObject({ kind: 'unavailable' })
    const others = Array.from({ length: 10 }, (_, index) => submit(`${index}`, { lane: `b${index}` }))
    await clock.advance(120_000)
    expect(await Promise.all(others)).toHaveLength(10)
    await clock.advance(HOUR)
    await settled
    expect(outgoing.status()).toMatchObject({ waiting: 0, problem: null })
  })

  it('with something that is no fault of Telegram is given back with it', async () => {
    const { clock, submit } = scheduledBot()
    const broken = submit('broken', {
      call: () => {
        throw new RangeError('broken')
      },
    })
    await expect(Promise.all([broken, clock.advance(0)])).rejects.toThrow(RangeError)
  })

  it('and is live gives its place to a newer one', async () => {
    const { clock, submit, names } = scheduledBot()
    const failing = Promise.withResolvers<never>()
    const older = submit('older', { priority: 'live', call: () => failing.promise })
    const settled = expect(older).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
    await clock.advance(0)
    const newer = submit('newer', { priority: 'live' })
    failing.reject(fault.limited(5))
    await clock.advance(10_000)
    await Promise.all([settled, newer])
    expect(names()).toEqual(['older', 'newer'])
  })

  it('a hundred times at random ends as in a quiet run: each is sent, in order, none twice', async () => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed)
      const { clock, submit, outgoing } = scheduledBot()
      const arrived: string[] = []
      const call = (name: string) => () => {
        const luck = random()
        if (luck < 0.1) return Promise.reject(fault.limited(1 + Math.floor(random() * 10)))
        if (luck < 0.3) return Promise.reject(fault.unreached())
        arrived.push(name)
        return Promise.resolve()
      }
      const jobs = Array.from({ length: 120 }, (_, index) => {
        const lane = `lane ${index % 10}`
        return submit(`${index}`, { lane, call: call(`${index}`) })
      })
      await clock.advance(HOUR)
      await Promise.all(jobs)
      expect(outgoing.status()).toMatchObject({ waiting: 0, problem: null, sent: { final: 120 } })
      const ofLane = (lane: number) => arrived.map(Number).filter(index => index % 10 === lane)
      for (let lane = 0; lane < 10; lane++)
        expect(ofLane(lane)).toEqual(ofLane(lane).toSorted((a, b) => a - b))
      expect(new Set(arrived).size).toBe(120)
    }
  })
})
