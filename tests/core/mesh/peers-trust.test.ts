import { describe, expect, test } from 'vitest'
import { fingerprintOf } from '../../../core/mesh/identity.ts'
import { MAX_SKEW_MS } from '../../../core/mesh/messages.ts'
import { meet, meshComputer, SECRET } from '../../support/mesh-computer.ts'
import {
  alpha,
  announced,
  beta,
  carrier,
  clock,
  gone,
  keyOf,
  other,
  restarted,
  TTL_MS,
} from './peers-of-alpha.ts'

describe('a computer whose clock is wrong, or whose old heartbeat was put back', () => {
  test.each([
    ['behind', -(TTL_MS + MAX_SKEW_MS + 1000), /dated 181 s behind.*120 s are tolerated/],
    ['ahead', MAX_SKEW_MS + 1000, /dated 121 s ahead/],
  ])('%s: is shown with the problem, not pinned, and gone with its announcement', (_side, ms, problem) => {
    alpha.peers.noticed([announced({ at: clock.now() + ms })])
    expect(beta()).toMatchObject({ status: 'offline', problem: expect.stringMatching(problem) })
    expect(() => alpha.peers.correspondent('beta')).toThrow(problem)
    expect(alpha.peers.sender('beta', alpha.secrets.current.id)).toBeNull()
    expect(() => alpha.peers.limit('beta', '*')).toThrow(problem)
    alpha.peers.noticed([gone()])
    expect(alpha.peers.list()).toEqual([])
  })

  test.each([-(TTL_MS + MAX_SKEW_MS), MAX_SKEW_MS])('%i ms off is tolerated', ms => {
    alpha.peers.noticed([announced({ at: clock.now() + ms })])
    expect(beta()?.status).toBe('online')
  })

  test('a known one goes offline, with the problem, until its clock is right', async () => {
    alpha.peers.noticed([announced()])
    const at = clock.now() + MAX_SKEW_MS + 5000
    alpha.peers.noticed([announced({ at })])
    expect(beta()).toMatchObject({ status: 'offline', problem: expect.stringMatching(/Set the clocks/) })
    alpha.peers.noticed([announced({ at: clock.now() + 1 })])
    expect(beta()).toMatchObject({ status: 'online', problem: null })
  })

  test('an older heartbeat of the same run, or of the run before it, brings nobody online', async () => {
    const old = announced({ boot: 'boot-0', facts: { from: 'boot 0' } })
    const first = announced()
    await clock.advance(1000)
    alpha.peers.noticed([announced({ previous_boot: 'boot-0', facts: { from: 'boot 1' } })])
    alpha.peers.noticed([gone()])
    for (const replayed of [first, old]) {
      alpha.peers.noticed([replayed])
      expect(beta()).toMatchObject({ status: 'offline', heartbeat: { facts: { from: 'boot 1' } } })
    }
  })

  test('nor does it after a restart of this computer', async () => {
    const first = announced()
    await clock.advance(1000)
    alpha.peers.noticed([announced()])
    const again = restarted()
    again.peers.noticed([first])
    expect(beta(again)?.status).toBe('offline')
  })

  test('the newest heartbeat, kept in the carrier by force, keeps nobody online for long', async () => {
    const newest = announced()
    alpha.peers.noticed([newest])
    await clock.advance(TTL_MS + MAX_SKEW_MS + 1)
    alpha.peers.noticed([newest])
    expect(beta()).toMatchObject({
      status: 'offline',
      problem: null,
      lastSeen: clock.now() - TTL_MS - MAX_SKEW_MS - 1,
    })
  })
})

describe('a computer with another key than the pinned one', () => {
  const known = fingerprintOf(keyOf('b'))
  const changed = fingerprintOf(keyOf('x'))

  test('is refused with both fingerprints, and what is pinned stays', async () => {
    alpha.peers.noticed([announced({ facts: { load: 1 } })])
    alpha.peers.noticed([announced(other)])
    expect(beta()).toMatchObject({
      status: 'refused',
      fingerprint: known,
      refusedFingerprint: changed,
      heartbeat: { facts: { load: 1 } },
    })
    const refusal = () => alpha.peers.correspondent('beta')
    expect(refusal).toThrow(expect.objectContaining({ code: 'TC_ERR_PEER_REFUSED' }))
    expect(refusal).toThrow(`teleclaude peers replace beta ${changed}`)
    expect(refusal).toThrow(known)
    expect(alpha.logged.records().filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  test('is offline when it has gone, and the pinned one is welcome back', async () => {
    alpha.peers.noticed([announced()])
    alpha.peers.noticed([announced(other)])
    alpha.peers.noticed([gone()])
    expect(beta()).toMatchObject({ status: 'offline', refusedFingerprint: changed })
    await clock.advance(1)
    alpha.peers.noticed([announced()])
    expect(beta()).toMatchObject({ status: 'online', refusedFingerprint: null })
  })

  test('takes the place of the old one by `replace`, for good, with the rights it had', () => {
    alpha.peers.noticed([announced()])
    alpha.peers.limit('beta', ['sessions:read'])
    alpha.peers.noticed([announced({ ...other, facts: { load: 2 } })])
    const replaced = alpha.peers.replace('beta')
    expect(replaced).toMatchObject({ status: 'online', fingerprint: changed, refusedFingerprint: null })
    expect(replaced).toMatchObject({ allow: ['sessions:read'], heartbeat: { facts: { load: 2 } } })
    const again = restarted()
    again.peers.noticed([announced(other)])
    expect(beta(again)).toMatchObject({ status: 'online', fingerprint: changed, allow: ['sessions:read'] })
  })

  test('can be replaced after a restart too', () => {
    alpha.peers.noticed([announced()])
    alpha.peers.noticed([announced(other)])
    const again = restarted()
    expect(again.peers.replace('beta')).toMatchObject({ status: 'offline', fingerprint: changed })
    again.peers.noticed([announced(other)])
    expect(beta(again)?.status).toBe('online')
  })

  test('is not refused where what is announced is what was replaced, put back', async () => {
    const old = announced()
    alpha.peers.noticed([old])
    await clock.advance(1000)
    alpha.peers.noticed([announced(other)])
    alpha.peers.replace('beta')
    alpha.peers.noticed([old])
    expect(beta()).toMatchObject({ status: 'offline', refusedFingerprint: null })
  })

  test('is not there to be replaced where the key is the pinned one', () => {
    alpha.peers.noticed([announced()])
    expect(() => alpha.peers.replace('beta')).toThrow(/nothing to replace/)
  })
})

describe('a secret that was replaced', () => {
  const NEXT = 'the next secret, which not everybody knows yet'

  test('is still good for whom it knew, and for nobody who is new', () => {
    alpha.peers.noticed([announced()])
    alpha.secrets.rotate(NEXT, 10_000)
    alpha.peers.noticed([announced({ at: clock.now() + 1 }), announced({ name: 'gamma', ...other })])
    expect(beta()?.status).toBe('online')
    expect(alpha.peers.correspondent('beta').secret.value).toBe(SECRET)
    expect(alpha.peers.find('gamma')).toMatchObject({
      status: 'offline',
      problem: expect.stringMatching(/replaced/),
    })
    expect(alpha.peers.sender('gamma', alpha.peers.correspondent('beta').secret.id)).toBeNull()
    alpha.peers.noticed([announced({ ...other, at: clock.now() + 2 })])
    expect(beta()).toMatchObject({ status: 'offline', refusedFingerprint: null })
  })

  test('a peer that has learnt the new one is written to under that', () => {
    alpha.peers.noticed([announced()])
    alpha.secrets.rotate(NEXT, 10_000)
    alpha.peers.noticed([announced({ at: clock.now() + 1 }, NEXT)])
    expect(alpha.peers.correspondent('beta').secret.value).toBe(NEXT)
  })

  test('is good for nobody when its time is over, though the heartbeat is the same', async () => {
    const before = announced()
    alpha.peers.noticed([before])
    alpha.secrets.rotate(NEXT, 10_000)
    alpha.peers.noticed([before])
    expect(beta()?.status).toBe('online')
    await clock.advance(10_000)
    alpha.peers.noticed([before])
    expect(beta()?.status).toBe('offline')
    expect(alpha.peers.strangers).toBe(1)
  })
})

describe('a protocol of another version', () => {
  test('is listed as incompatible and refused clearly, and offline when it has gone', () => {
    alpha.peers.noticed([announced({ protocol: { min: 3, max: 4 }, version: '3.0.0' })])
    expect(beta()?.status).toBe('incompatible')
    expect(() => alpha.peers.correspondent('beta')).toThrow(
      /versions 3 to 4 .*3\.0\.0.*this computer versions 1 to 2/,
    )
    expect(() => alpha.peers.correspondent('beta')).toThrow(
      expect.objectContaining({ code: 'TC_ERR_PROTOCOL' }),
    )
    alpha.peers.noticed([gone()])
    expect(beta()?.status).toBe('offline')
  })

  test('the newest version that both speak is spoken', () => {
    const wide = meshComputer(carrier, 'alpha', { clock, protocol: { min: 1, max: 3 } })
    wide.peers.noticed([announced({ protocol: { min: 2, max: 9 } })])
    expect(wide.peers.correspondent('beta').v).toBe(3)
  })

  test('two versions side by side see each other as what they are', async () => {
    const newer = meshComputer(carrier, 'newer', { clock, protocol: { min: 3, max: 4 } })
    await meet(alpha, newer)
    expect(alpha.peers.find('newer')?.status).toBe('incompatible')
    expect(newer.peers.find('alpha')?.status).toBe('incompatible')
  })
})

describe('what a person decides', () => {
  test('is kept over restarts: limited, revoked, and trusted again', () => {
    alpha.peers.noticed([announced()])
    alpha.peers.limit('beta', ['sessions:read', 'sessions:read', 'plugin-x:do-it'])
    restarted()
    expect(beta()?.allow).toEqual(['sessions:read', 'plugin-x:do-it'])
    expect(alpha.peers.revoke('beta').status).toBe('revoked')
    restarted()
    alpha.peers.noticed([announced({ at: clock.now() + 1 })])
    expect(beta()?.status).toBe('revoked')
    expect(() => alpha.peers.correspondent('beta')).toThrow(/revoked.*peers trust beta/)
    expect(alpha.peers.sender('beta', alpha.secrets.current.id)).not.toBeNull()
    expect(alpha.peers.limit('beta', '*')).toMatchObject({ status: 'online', allow: '*' })
  })

  test.each([
    ['session:read', /Did you mean 'sessions:read'/],
    ['everything', /no scope.*area:verb/],
    ['Sessions:Read', /Did you mean/],
  ])('%s is no scope', (scope, message) => {
    alpha.peers.noticed([announced()])
    expect(() => alpha.peers.limit('beta', [scope])).toThrow(message)
    expect(beta()?.allow).toBe('*')
  })

  test('concerns computers that are known', () => {
    alpha.peers.noticed([announced()])
    for (const decide of [
      alpha.peers.revoke,
      alpha.peers.replace,
      (name: string) => alpha.peers.limit(name, '*'),
    ]) {
      expect(() => decide('bta')).toThrow(/no computer 'bta' is known. Did you mean 'beta'/)
    }
  })
})
