import { describe, expect, it } from 'vitest'
import { fault, mostWithin, scheduledBot, seededRandom } from './scheduled-bot.ts'

const MINUTE = 60_000
const SESSIONS = 50

/**
 * The longest that a result of one of `SESSIONS` waits where all of them have one: the minute that is used up, and a
 * turn of everybody, with an answer to a person after every third.
 */
const FINAL_WITHIN_MS = 61_000 + ((SESSIONS * 4) / 3) * (61_000 / 20)

describe('50 sessions that print at full speed, at 20 messages a minute', () => {
  it('get no 429, every result within the bound, and nothing piles up', async () => {
    const random = seededRandom(50)
    const { clock, submit, send, outgoing, sent } = scheduledBot()
    const taken: number[] = []
    const call = () => {
      const now = clock.monotonic()
      while ((taken[0] ?? now) + MINUTE <= now) taken.shift()
      if (taken.length >= 20) return Promise.reject(fault.limited(60))
      taken.push(now)
      return Promise.resolve()
    }
    const print = async (lane: string) => {
      for (;;) await submit('live', { lane, priority: 'live', call })
    }
    const waited: number[] = []
    const finish = async (lane: string) => {
      const since = clock.monotonic()
      await submit('final', { lane, call })
      waited.push(clock.monotonic() - since)
    }
    for (let index = 0; index < SESSIONS; index++) void print(`session ${index}`)
    let finished = 0
    let most = 0
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < SESSIONS; index++) {
        if (round % 5 > 0 && random() < 0.9) continue
        finished++
        void finish(`session ${index}`)
      }
      send('reply', { lane: 'user:1', priority: 'reply', call })
      await clock.advance(2 * MINUTE)
      most = Math.max(most, outgoing.status().waiting)
    }
    await clock.advance(5 * MINUTE)
    expect(outgoing.status().limited).toBe(0)
    expect(
      mostWithin(
        sent.map(each => each.at),
        MINUTE,
      ),
    ).toBeLessThanOrEqual(20)
    expect(waited).toHaveLength(finished)
    expect(Math.max(...waited)).toBeLessThanOrEqual(FINAL_WITHIN_MS)
    expect(most).toBeLessThanOrEqual(2 * SESSIONS + 1)
    expect(clock.timers).toBeLessThanOrEqual(1)
  })

  it('let a result through within seconds where only live output is about', async () => {
    const { clock, submit } = scheduledBot()
    const print = async (lane: string) => {
      for (;;) await submit('live', { lane, priority: 'live' })
    }
    for (let index = 0; index < SESSIONS; index++) void print(`session ${index}`)
    await clock.advance(10 * MINUTE)
    const since = clock.monotonic()
    await Promise.all([submit('final', { lane: 'session 1' }), clock.advance(1000)])
    expect(clock.monotonic() - since).toBeLessThanOrEqual(1000)
  })
})
