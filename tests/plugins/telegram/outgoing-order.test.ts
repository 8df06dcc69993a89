import { describe, expect, it } from 'vitest'
import { scheduledBot } from './scheduled-bot.ts'

const MINUTE = 61_000

describe('the order of what a bot sends', () => {
  it('is results, then answers to people, then live output, whichever was submitted first', async () => {
    const { clock, names, send } = scheduledBot()
    send('live', { priority: 'live', lane: 'one' })
    send('reply', { priority: 'reply', lane: 'two' })
    send('final', { priority: 'final', lane: 'three' })
    await clock.advance(5000)
    expect(names()).toEqual(['final', 'reply', 'live'])
  })

  it('is that of submission within a lane and priority, one at a time', async () => {
    const { clock, names, send } = scheduledBot()
    const first = Promise.withResolvers<void>()
    send('first', { call: () => first.promise })
    send('second')
    await clock.advance(MINUTE)
    send('third')
    await clock.advance(MINUTE)
    expect(names()).toEqual(['first'])
    first.resolve()
    await clock.advance(MINUTE)
    expect(names()).toEqual(['first', 'second', 'third'])
  })

  it('gives each lane its turn', async () => {
    const { clock, names, send } = scheduledBot()
    for (const name of ['a1', 'a2', 'a3']) send(name, { lane: 'a' })
    for (const name of ['b1', 'b2']) send(name, { lane: 'b' })
    send('c1', { lane: 'c' })
    await clock.advance(MINUTE)
    expect(names()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  it('lets a person be answered while ever more results wait', async () => {
    const { clock, names, send } = scheduledBot()
    for (let index = 0; index < 40; index++) send('final', { lane: `session ${index}` })
    send('reply', { priority: 'reply', lane: 'user:1' })
    await clock.advance(10_000)
    expect(names().indexOf('reply')).toBe(3)
  })

  it('serves 50 busy lanes alike', async () => {
    const { clock, submit, names } = scheduledBot()
    const keepBusy = async (lane: string) => {
      for (;;) await submit(lane, { lane, priority: 'live' })
    }
    for (let index = 0; index < 50; index++) void keepBusy(`session ${index}`)
    await clock.advance(20 * MINUTE)
    const counts = Map.groupBy(names(), name => name)
    const served = [...counts.values()].map(each => each.length)
    expect(served).toHaveLength(50)
    expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(1)
  })

  it('has one live job a lane: a newer one takes the place of the one that waits', async () => {
    const { clock, submit, names, send } = scheduledBot()
    const older = submit('older', { priority: 'live', lane: 'a' })
    send('other', { priority: 'live', lane: 'b' })
    const newer = submit('newer', { priority: 'live', lane: 'a' })
    await expect(older).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
    await clock.advance(5000)
    await expect(newer).resolves.toBe('newer')
    expect(names()).toEqual(['newer', 'other'])
  })

  it('refuses at once what is more than may wait in a lane, and says so', async () => {
    const { submit, outgoing, send } = scheduledBot()
    for (let index = 0; index < 16; index++) send(`${index}`, { lane: 'user:1', priority: 'reply' })
    const refused = submit('one more', { lane: 'user:1', priority: 'reply' })
    expect(outgoing.status().waiting).toBe(16)
    await expect(refused).rejects.toMatchObject({ code: 'TC_ERR_BUSY', retryable: true })
  })

  it('forgets what is taken back', async () => {
    const { clock, submit, names, outgoing } = scheduledBot()
    const wanted = new AbortController()
    const job = submit('taken back', { signal: wanted.signal })
    const other = submit('other')
    wanted.abort()
    await expect(job).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
    await clock.advance(2000)
    await other
    expect(names()).toEqual(['other'])
    expect(outgoing.status().waiting).toBe(0)
  })

  it('tells a call under way that it was taken back', async () => {
    const { clock, submit } = scheduledBot()
    const wanted = new AbortController()
    const job = submit('under way', {
      signal: wanted.signal,
      call: signal =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone')))),
    })
    await clock.advance(1)
    wanted.abort()
    await expect(job).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  })

  it('ends with close: what waits is taken back, what is under way ends, nothing more is taken', async () => {
    const { clock, submit, outgoing, names } = scheduledBot()
    const done = Promise.withResolvers<string>()
    const underWay = submit('under way', { lane: 'a', call: () => done.promise })
    const waiting = submit('waiting', { lane: 'b' })
    await clock.advance(1)
    const closed = outgoing.close()
    await expect(waiting).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
    done.resolve('done')
    await expect(underWay).resolves.toBe('done')
    await closed
    await expect(submit('late')).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
    expect(names()).toEqual(['under way'])
    expect(clock.timers).toBe(0)
  })

  it('ends with close even where a call hangs', async () => {
    const { clock, submit, outgoing } = scheduledBot()
    const hung = submit('hung', {
      call: signal =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone')))),
    })
    const settled = expect(hung).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
    await clock.advance(1)
    const closed = outgoing.close()
    await clock.advance(2000)
    await Promise.all([closed, settled])
  })
})
