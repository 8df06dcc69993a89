import { cpSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { openHeartbeat } from '../../../core/mesh/heartbeat.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import {
  type ComputerOptions,
  DAY_MS,
  type MeshComputer,
  meet,
  meshComputer,
} from '../../support/mesh-computer.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'

const OTHER_SECRET = 'another secret, of somebody else entirely'
const MINUTE_MS = 60_000

let clock: FakeClock
let carrier: MemoryCarrier
beforeEach(() => {
  clock = new FakeClock()
  carrier = new MemoryCarrier()
})

const computer = (name: string, options: ComputerOptions = {}) =>
  meshComputer(carrier, name, { clock, ...options })
const joined = (one: MeshComputer) => one.heart.membership.joined
const problem = ({ heart }: MeshComputer) => (heart.membership.joined ? '' : heart.membership.problem)
const online = ({ peers }: MeshComputer) =>
  peers
    .list()
    .filter(({ status }) => status === 'online')
    .map(({ name }) => name)

/** What stands announced under a computer's name. */
function standing(one: MeshComputer) {
  const { bytes } = carrier.announced.get(one.name) ?? { bytes: new Uint8Array() }
  return openHeartbeat(bytes, one.name, one.secrets.all())?.heartbeat
}

/** A copy of the state folder of a computer, as it is. */
function copyOf(one: MeshComputer): string {
  const dir = tempDir()
  cpSync(one.dir, dir, { recursive: true })
  return dir
}

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

describe('two computers with one name', () => {
  test('with different keys: the first has it, the second says so and joins when the first has gone', async () => {
    const [first, second] = [computer('alpha', { key: 'one' }), computer('alpha', { key: 'two' })]
    await first.heart.beat()
    await second.heart.beat()
    await first.heart.beat()
    expect([joined(first), joined(second)]).toEqual([true, false])
    const instance = standing(first)?.instance
    expect(problem(second)).toContain(
      `instance ${instance}, announced at ${new Date(clock.now()).toISOString()}`,
    )
    expect(problem(second)).toMatch(/name 'alpha' is taken.*computer\.name/)
    expect(problem(second)).not.toMatch(/same key/)
    await second.heart.beat()
    expect(second.logged.records().filter(({ level }) => level === 'warn')).toHaveLength(1)
    await first.stop()
    await second.heart.beat()
    expect(second.memberships).toEqual([{ joined: true }])
  })

  test('with the same key, as copied by hand: the second is refused and told of it', async () => {
    const [first, second] = [computer('alpha'), computer('alpha')]
    await first.heart.beat()
    await second.heart.beat()
    expect([joined(first), joined(second)]).toEqual([true, false])
    expect(problem(second)).toMatch(/same key: if one of the two is a copy/)
  })

  test('one a copy of the other’s state folder, on the same machine', async () => {
    const first = computer('alpha')
    await first.heart.beat()
    const copy = computer('alpha', { dir: copyOf(first) })
    await copy.heart.beat()
    await first.heart.beat()
    expect([joined(first), joined(copy)]).toEqual([true, false])
  })

  test('one a copy of the other’s whole disk, on another machine', async () => {
    const first = computer('alpha')
    await first.heart.beat()
    const disk = computer('alpha')
    const [{ instance }, boots] = [first.meshStore.begin(first.boot), JSON.stringify([first.boot])]
    // What a copied disk has in its database: the same instance, and the run of the original.
    disk.store.db.prepare('UPDATE mesh_self SET instance = ?, boots = ?').run(instance, boots)
    disk.kill()
    const copy = computer('alpha', { dir: disk.dir, machineBoot: 'another machine' })
    await copy.heart.beat()
    expect([joined(first), joined(copy)]).toEqual([true, false])
  })

  test('that begin at once: one of them joins', async () => {
    const both = [computer('alpha', { key: 'one' }), computer('alpha', { key: 'two' })]
    await Promise.all(both.map(({ heart }) => heart.beat()))
    expect(both.filter(joined)).toHaveLength(1)
  })

  test('one of another mesh: the second is refused, since nobody would see it', async () => {
    const [first, second] = [computer('alpha', { secret: OTHER_SECRET }), computer('alpha')]
    await first.heart.beat()
    await second.heart.beat()
    expect(problem(second)).toMatch(/mesh secret is not known here/)
    expect(joined(first)).toBe(true)
  })

  test('one that came while the other was cut off keeps the name; the other leaves it', async () => {
    const [first, second] = [computer('alpha', { key: 'one' }), computer('alpha', { key: 'two' })]
    await first.heart.beat()
    first.link.down()
    await clock.advance(MINUTE_MS)
    await second.heart.beat()
    expect(joined(second)).toBe(true)
    first.link.up()
    await first.heart.beat()
    expect(first.memberships.map(one => one.joined)).toEqual([true, false])
  })
})

describe('a computer that comes back', () => {
  test('killed and restarted, takes over at once what it announced before', async () => {
    const before = computer('alpha')
    await before.heart.beat()
    before.kill()
    const after = computer('alpha', { dir: before.dir })
    await after.heart.beat()
    expect(joined(after)).toBe(true)
    expect(standing(after)).toMatchObject({ boot: after.boot, previous_boot: before.boot })
  })

  test('killed twice, the second time before it could announce itself, too', async () => {
    const before = computer('alpha')
    await before.heart.beat()
    before.kill()
    const between = computer('alpha', { dir: before.dir })
    between.kill()
    const after = computer('alpha', { dir: before.dir })
    await after.heart.beat()
    expect(joined(after)).toBe(true)
  })

  test('restarted with another secret, waits until its old announcement expires', async () => {
    const before = computer('alpha')
    await before.heart.beat()
    before.kill()
    const after = computer('alpha', { dir: before.dir, secret: OTHER_SECRET })
    await after.heart.beat()
    expect(problem(after)).toMatch(/joins within a minute by itself/)
    await clock.advance(MINUTE_MS)
    await after.heart.beat()
    expect(joined(after)).toBe(true)
  })

  test('reinstalled, joins when the old announcement has expired, and others refuse its new key', async () => {
    const [before, beta] = [computer('alpha', { key: 'old' }), computer('beta')]
    await meet(before, beta)
    before.kill()
    const after = computer('alpha', { key: 'new' })
    await after.heart.beat()
    expect(joined(after)).toBe(false)
    await clock.advance(MINUTE_MS)
    await meet(after, beta)
    expect(joined(after)).toBe(true)
    expect(beta.peers.find('alpha')).toMatchObject({
      status: 'refused',
      fingerprint: before.identity.fingerprint,
      refusedFingerprint: after.identity.fingerprint,
    })
  })

  test('whose carrier lost everything announces itself again, and nobody was offline', async () => {
    const [alpha, beta] = [computer('alpha'), computer('beta')]
    alpha.heart.start()
    beta.heart.start()
    await clock.advance(0)
    await alpha.heart.refresh(-1)
    expect(online(alpha)).toEqual(['beta'])
    carrier.down()
    carrier.empty()
    await clock.advance(5 * MINUTE_MS)
    expect(joined(alpha)).toBe(true)
    expect(online(alpha)).toEqual(['beta'])
    beta.link.up()
    await clock.advance(0)
    alpha.link.up()
    await clock.advance(0)
    expect(online(alpha)).toEqual(['beta'])
    expect(online(beta)).toEqual(['alpha'])
    await beta.heart.refresh(-1)
    expect(online(beta)).toEqual(['alpha'])
    expect(standing(alpha)?.at).toBe(clock.now())
    await alpha.heart.stop()
    await beta.heart.stop()
  })

  test('whose answer got lost finds its own announcement and goes on', async () => {
    const alpha = computer('alpha')
    await alpha.heart.beat()
    const { presence } = alpha.link
    const announce = presence.announce
    // Announced, but the connection breaks before that is known.
    Object.assign(presence, {
      async announce(...args: Parameters<typeof announce>) {
        await announce(...args)
        Object.assign(presence, { announce })
        throw new Error('the connection broke')
      },
    })
    await clock.advance(1000)
    await alpha.heart.beat()
    await clock.advance(1000)
    await alpha.heart.beat()
    expect(alpha.memberships).toEqual([{ joined: true }])
    expect(standing(alpha)?.at).toBe(clock.now())
  })

  test('announces itself over an older announcement of its own that was put back', async () => {
    const alpha = computer('alpha')
    await alpha.heart.beat()
    const { bytes } = carrier.announced.get('alpha') ?? { bytes: new Uint8Array() }
    await clock.advance(30_000)
    await alpha.heart.beat()
    carrier.plant('alpha', bytes, clock.now())
    await clock.advance(30_000)
    await alpha.heart.beat()
    expect(alpha.memberships).toEqual([{ joined: true }])
    expect(standing(alpha)?.at).toBe(clock.now())
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
