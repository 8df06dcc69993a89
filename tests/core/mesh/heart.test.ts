import { describe, expect, test } from 'vitest'
import { DAY_MS, meet } from '../../support/mesh-computer.ts'
import { until } from '../../support/until.ts'
import {
  carrier,
  clock,
  computer,
  joined,
  MINUTE_MS,
  OTHER_SECRET,
  online,
  problem,
  standing,
} from './beating-computers.ts'

describe('a computer that is alone with its name', () => {
  test('joins with its first beat and says what it is', async () => {
    const alpha = computer('alpha')
    alpha.hookPoints.forPlugin('test').hooks.onHeartbeat(beat => {
      beat.facts.load = 0.5
    })
    expect(problem(alpha)).toMatch(/not announced itself yet/)
    await alpha.heart.beat()
    expect(alpha.memberships).toEqual([{ joined: true }])
    expect(standing(alpha)).toMatchObject({
      name: 'alpha',
      public_key: Buffer.from(alpha.identity.publicKey).toString('base64'),
      boot: alpha.boot,
      previous_boot: null,
      machine_boot: 'machine-boot',
      facts: { load: 0.5 },
      at: clock.now(),
    })
  })

  test('sees the others, and is seen', async () => {
    const [alpha, beta, gamma] = [computer('alpha'), computer('beta'), computer('gamma')]
    await meet(alpha, beta, gamma)
    expect(online(alpha)).toEqual(['beta', 'gamma'])
    expect(online(beta)).toEqual(['alpha', 'gamma'])
  })

  test('beats at every interval, until it stops and takes its announcement back', async () => {
    const [alpha, beta] = [computer('alpha'), computer('beta')]
    alpha.heart.start()
    await clock.advance(0)
    const first = standing(alpha)?.at
    await clock.advance(5 * MINUTE_MS)
    expect(standing(alpha)?.at).toBe(Number(first) + 5 * MINUTE_MS)
    await beta.heart.beat()
    expect(online(beta)).toEqual(['alpha'])
    await alpha.stop()
    expect(problem(alpha)).toMatch(/closing/)
    await beta.heart.beat()
    expect(online(beta)).toEqual([])
    beta.kill()
    expect(clock.timers).toBe(0)
  })

  test('leaves out what is no fact: no JSON, too much, or a name that no one would read', async () => {
    const alpha = computer('alpha')
    const circle: Record<string, unknown> = {}
    circle.self = circle
    alpha.hookPoints.forPlugin('test').hooks.onHeartbeat(beat => {
      Object.assign(beat.facts, { circle, big: 10n, nothing: undefined, huge: 'x'.repeat(40_000), ok: [1] })
      beat.facts['n'.repeat(65)] = 1
    })
    await alpha.heart.beat()
    expect(standing(alpha)?.facts).toEqual({ ok: [1] })
  })

  test('does not wait long for a slow plugin, and tells what it said with the next beat', async () => {
    const alpha = computer('alpha')
    const { hooks } = alpha.hookPoints.forPlugin('slow')
    let answer = () => {}
    hooks.onHeartbeat(beat => {
      beat.facts.slow = true
      return new Promise(resolve => {
        answer = resolve
      })
    })
    alpha.hookPoints.forPlugin('quick').hooks.onHeartbeat(beat => {
      beat.facts.quick = true
    })
    const beat = alpha.heart.beat()
    await clock.advance(1000)
    await beat
    expect(standing(alpha)?.facts).toEqual({ quick: true })
    answer()
    await clock.advance(0)
    alpha.link.down()
    alpha.heart.start()
    alpha.link.up()
    await until(() => standing(alpha)?.facts.slow)
  })
})

describe('without a carrier', () => {
  test('a computer says why it has not joined, and joins when there is one', async () => {
    const alpha = computer('alpha')
    alpha.link.down('NOAUTH: give the password')
    alpha.heart.start()
    await clock.advance(0)
    expect(problem(alpha)).toBe('NOAUTH: give the password')
    alpha.link.down('WRONGPASS: give the right one')
    expect(problem(alpha)).toBe('WRONGPASS: give the right one')
    alpha.link.up()
    await clock.advance(0)
    expect(joined(alpha)).toBe(true)
    await alpha.heart.stop()
  })

  test('closing waits no longer than a second for one that does not answer', async () => {
    const alpha = computer('alpha')
    await alpha.heart.beat()
    carrier.freeze()
    const stopped = alpha.heart.stop()
    await clock.advance(1000)
    await stopped
    alpha.kill()
    expect(clock.timers).toBe(0)
  })
})

test('beats and listings that are asked for at the same time are done once', async () => {
  const alpha = computer('alpha')
  const { presence } = alpha.link
  const calls: string[] = []
  const { announce, list } = presence
  Object.assign(presence, {
    announce: (...args: Parameters<typeof announce>) => {
      calls.push('announce')
      return announce(...args)
    },
    list: (...args: Parameters<typeof list>) => {
      calls.push('list')
      return list(...args)
    },
  })
  await Promise.all([alpha.heart.beat(), alpha.heart.beat(), alpha.heart.beat()])
  expect(calls).toEqual(['announce', 'list'])
  await alpha.heart.refresh(1000)
  await clock.advance(1001)
  await Promise.all([alpha.heart.refresh(1000), alpha.heart.refresh(1000)])
  expect(calls).toEqual(['announce', 'list', 'list'])
})

test('names that nobody has announced for 30 days are forgotten, here and in the carrier', async () => {
  const [alpha, beta, stranger] = [
    computer('alpha'),
    computer('beta'),
    computer('gamma', { secret: OTHER_SECRET }),
  ]
  await meet(alpha, beta, stranger)
  expect([...carrier.seen.keys()]).toEqual(['alpha', 'beta', 'gamma'])
  await beta.heart.stop()
  stranger.kill()
  await clock.advance(30 * DAY_MS)
  await alpha.heart.beat()
  expect(alpha.peers.list()).toHaveLength(1)
  await clock.advance(1)
  await alpha.heart.beat()
  await alpha.heart.beat()
  expect(alpha.peers.list()).toEqual([])
  expect([...carrier.seen.keys()]).toEqual(['alpha'])
})

test('names that claim to have been seen in the future are forgotten, unless somebody announces them', async () => {
  const [alpha, beta] = [computer('alpha'), computer('beta')]
  await meet(alpha, beta)
  for (let n = 0; n < 60; n++) carrier.seen.set(`x${n}`, clock.now() + DAY_MS)
  carrier.seen.set('beta', clock.now() + DAY_MS)
  await alpha.heart.beat()
  await alpha.heart.beat()
  expect([...carrier.seen.keys()].sort()).toEqual(['alpha', 'beta'])
  expect(online(alpha)).toEqual(['beta'])
})

test('a peer whose name was taken out of the listing is found all the same', async () => {
  const [alpha, beta] = [computer('alpha'), computer('beta')]
  await meet(alpha, beta)
  for (let minute = 0; minute < 5; minute++) {
    await clock.advance(MINUTE_MS)
    await beta.heart.beat()
    carrier.seen.delete('beta')
    await alpha.heart.beat()
    expect(online(alpha)).toEqual(['beta'])
  }
})

test('a peer whose secret was changed is heard under the old one meanwhile, and both see each other', async () => {
  const [alpha, beta] = [computer('alpha'), computer('beta')]
  await meet(alpha, beta)
  alpha.secrets.rotate(OTHER_SECRET, MINUTE_MS)
  await clock.advance(1000)
  await meet(alpha, beta)
  expect([online(alpha), online(beta)]).toEqual([['beta'], ['alpha']])
  beta.secrets.rotate(OTHER_SECRET, MINUTE_MS)
  await clock.advance(MINUTE_MS)
  await meet(alpha, beta)
  expect([online(alpha), online(beta)]).toEqual([['beta'], ['alpha']])
  expect(alpha.peers.correspondent('beta').secret.value).toBe(OTHER_SECRET)
})
