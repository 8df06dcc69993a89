import { describe, expect, test } from 'vitest'
import { meet } from '../../support/mesh-computer.ts'
import {
  carrier,
  clock,
  computer,
  copyOf,
  joined,
  MINUTE_MS,
  OTHER_SECRET,
  online,
  problem,
  standing,
} from './beating-computers.ts'

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
