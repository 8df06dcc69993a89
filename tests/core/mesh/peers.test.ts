import { beforeEach, describe, expect, test } from 'vitest'
import { type HeartbeatFacts, openHeartbeat, sealHeartbeat } from '../../../core/mesh/heartbeat.ts'
import { createMeshIdentity, fingerprintOf } from '../../../core/mesh/identity.ts'
import { meshSecret } from '../../../core/mesh/mesh-secret.ts'
import { MAX_SKEW_MS, PROTOCOL } from '../../../core/mesh/messages.ts'
import { recordOf } from '../../../core/mesh/peer-record.ts'
import { createPeerTable } from '../../../core/mesh/peer-table.ts'
import type { Peer } from '../../../core/mesh/peers.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import type { Announcement } from '../../../core/transport.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import { DAY_MS, type MeshComputer, meet, meshComputer, SECRET } from '../../support/mesh-computer.ts'

const TTL_MS = 60_000
const OTHER_SECRET = 'another secret, of somebody else entirely'

let clock: FakeClock
let carrier: MemoryCarrier
let alpha: MeshComputer
beforeEach(() => {
  clock = new FakeClock()
  carrier = new MemoryCarrier()
  alpha = meshComputer(carrier, 'alpha', { clock })
})

const keyOf = (seed: string) => createMeshIdentity(Buffer.alloc(32, seed)).publicKey

/** A heartbeat of `beta` as it comes, unless something else is said. */
function heartbeat(fields: Partial<HeartbeatFacts> = {}): HeartbeatFacts {
  return {
    name: 'beta',
    version: '1.2.3',
    protocol: { min: 1, max: 1 },
    public_key: Buffer.from(keyOf('b')).toString('base64'),
    instance: 'an-instance',
    boot: 'boot-1',
    previous_boot: null,
    machine_boot: 'machine',
    at: clock.now(),
    facts: {},
    ...fields,
  }
}

function announced(fields: Partial<HeartbeatFacts> = {}, secret = SECRET): Announcement {
  const said = heartbeat(fields)
  return {
    computer: said.name,
    heartbeat: sealHeartbeat(said, [meshSecret(secret)]),
    lastSeen: said.at,
  }
}

const gone = (computer = 'beta'): Announcement => ({ computer, heartbeat: null, lastSeen: clock.now() })
const other = { public_key: Buffer.from(keyOf('x')).toString('base64') }
const beta = (of = alpha) => of.peers.find('beta')

/** The same state folder, after a restart of the daemon. */
function restarted(): MeshComputer {
  alpha.kill()
  return meshComputer(carrier, 'alpha', { clock, dir: alpha.dir })
}

describe('a computer that was not seen before', () => {
  test('is pinned, may do what new ones may, and can be written to and read', () => {
    const careful = meshComputer(carrier, 'alpha', { clock, newPeersAllow: ['computers:read'] })
    careful.peers.noticed([announced({ facts: { load: 1 } })])
    expect(beta(careful)).toMatchObject({
      status: 'online',
      problem: null,
      allow: ['computers:read'],
      fingerprint: fingerprintOf(keyOf('b')),
      refusedFingerprint: null,
      firstSeen: clock.now(),
      lastSeen: clock.now(),
      clockSkewMs: null,
      heartbeat: { facts: { load: 1 } },
    })
    const { secret } = careful.peers.correspondent('beta')
    expect(careful.peers.correspondent('beta')).toMatchObject({
      name: 'beta',
      v: 1,
      secret: { value: SECRET },
    })
    expect(Buffer.from(careful.peers.sender('beta', secret.id)?.publicKey ?? [])).toEqual(
      Buffer.from(keyOf('b')),
    )
    expect(careful.peers.sender('beta', 'no such')).toBeNull()
    expect(careful.peers.sender('gamma', secret.id)).toBeNull()
  })

  test('with another secret is a stranger, and errors say that there are some', () => {
    alpha.peers.noticed([announced({}, OTHER_SECRET), { ...gone('x'), heartbeat: Buffer.from('rubbish') }])
    expect(alpha.peers.list()).toEqual([])
    expect(alpha.peers.strangers).toBe(2)
    expect(() => alpha.peers.correspondent('beta')).toThrow(
      /no computer 'beta' is known.*2 there use another mesh secret/,
    )
  })

  test.each(['alpha', 'Beta', '../beta', 'b\u001b[31m', ''])('is no peer under the name %j', name => {
    alpha.peers.noticed([announced({ name })])
    expect(alpha.peers.list()).toEqual([])
  })

  test('is not believed under another name than the one it sealed', () => {
    alpha.peers.noticed([{ ...announced({ name: 'gamma' }), computer: 'beta' }])
    expect(alpha.peers.list()).toEqual([])
    expect(alpha.peers.strangers).toBe(1)
  })

  test('with a key that was limited or revoked under another name, may do no more than before', () => {
    alpha.peers.noticed([announced()])
    alpha.peers.limit('beta', ['sessions:read'])
    alpha.peers.noticed([announced({ name: 'beta-2' })])
    expect(alpha.peers.find('beta-2')?.allow).toEqual(['sessions:read'])
    alpha.peers.revoke('beta')
    alpha.peers.noticed([announced({ name: 'aaa' })])
    expect(alpha.peers.find('aaa')?.status).toBe('revoked')
    expect(alpha.peers.find('beta-2')?.status).toBe('revoked') // it came before
  })

  test('is not kept beyond 2000, nor are garbage and names of strangers', () => {
    const many = Array.from({ length: 2100 }, (_, n) => announced({ name: `c${n}` }))
    alpha.peers.noticed(many)
    expect(alpha.peers.list()).toHaveLength(2000)
  })
})

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
    alpha.peers.noticed([announced({ protocol: { min: 2, max: 3 }, version: '2.0.0' })])
    expect(beta()?.status).toBe('incompatible')
    expect(() => alpha.peers.correspondent('beta')).toThrow(
      /versions 2 to 3 .*2\.0\.0.*this computer version 1/,
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
    const newer = meshComputer(carrier, 'newer', { clock, protocol: { min: 2, max: 3 } })
    await meet(alpha, newer)
    expect(alpha.peers.find('newer')?.status).toBe('incompatible')
    expect(newer.peers.find('alpha')?.status).toBe('incompatible')
  })
})

describe('what a person decides', () => {
  test('is kept over restarts: limited, revoked, and trusted again', () => {
    alpha.peers.noticed([announced()])
    alpha.peers.limit('beta', ['sessions:read', 'sessions:read', 'plugin-x:do-it'])
    alpha = restarted()
    expect(beta()?.allow).toEqual(['sessions:read', 'plugin-x:do-it'])
    expect(alpha.peers.revoke('beta').status).toBe('revoked')
    alpha = restarted()
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

describe('a computer that has gone', () => {
  test('is offline, and forgotten after 30 days', async () => {
    alpha.peers.noticed([announced()])
    alpha.peers.noticed([gone()])
    const lastSeen = new Date(clock.now()).toISOString()
    expect(() => alpha.peers.correspondent('beta')).toThrow(
      `'beta' is offline; it was last seen at ${lastSeen}`,
    )
    await clock.advance(30 * DAY_MS)
    expect(alpha.peers.sweep()).toEqual([])
    await clock.advance(1)
    expect(alpha.peers.sweep()).toEqual(['beta'])
    expect(restarted().peers.list()).toEqual([])
  })

  test.each([
    ['revoked', () => alpha.peers.revoke('beta')],
    ['limited', () => alpha.peers.limit('beta', ['sessions:read'])],
  ])('is not forgotten where a person has %s it', async (_what, decide) => {
    alpha.peers.noticed([announced()])
    decide()
    alpha.peers.noticed([])
    await clock.advance(100 * DAY_MS)
    expect(alpha.peers.sweep()).toEqual([])
  })

  test('is not taken for offline within a TTL after the carrier has returned', async () => {
    alpha.peers.noticed([announced(), announced({ name: 'gamma', ...other })])
    alpha.peers.noticed([announced(), gone('gamma')])
    alpha.peers.carrierReturned()
    alpha.peers.noticed([])
    expect(beta()?.status).toBe('online')
    expect(alpha.peers.find('gamma')?.status).toBe('offline')
    await clock.advance(TTL_MS - 1)
    alpha.peers.noticed([])
    expect(alpha.peers.correspondent('beta').v).toBe(1)
    await clock.advance(1)
    alpha.peers.noticed([])
    expect(beta()?.status).toBe('offline')
  })
})

test('who has announced itself since the carrier returned is offline as soon as it has gone', () => {
  alpha.peers.carrierReturned()
  alpha.peers.noticed([announced()])
  alpha.peers.noticed([gone()])
  expect(beta()?.status).toBe('offline')
})

test('where names are missing the carrier was emptied, and nobody is taken for offline within a TTL', async () => {
  alpha.peers.noticed([announced(), announced({ name: 'gamma', ...other })])
  await clock.advance(10 * TTL_MS)
  alpha.peers.noticed([])
  expect(beta()?.status).toBe('online')
  await clock.advance(TTL_MS - 1)
  alpha.peers.noticed([gone()])
  expect(alpha.peers.list().map(({ status }) => status)).toEqual(['online', 'online'])
  await clock.advance(1)
  alpha.peers.noticed([gone()])
  expect(alpha.peers.list().map(({ status }) => status)).toEqual(['offline', 'offline'])
})

describe('those who want to know of changes', () => {
  let told: Peer[]
  beforeEach(() => {
    told = []
    alpha.peers.onChange(peer => told.push(peer))
  })
  const last = () => told.splice(0).map(({ name, status }) => `${name} ${status}`)

  test('are told of those alone', async () => {
    alpha.peers.noticed([announced({ facts: { load: 1 } })])
    expect(last()).toEqual(['beta online'])
    await clock.advance(1000)
    alpha.peers.noticed([announced({ facts: { load: 1 } })])
    expect(last()).toEqual([])
    await clock.advance(1000)
    alpha.peers.noticed([announced({ facts: { load: 2 } })])
    expect(last()).toEqual(['beta online'])
    alpha.peers.noticed([gone()])
    alpha.peers.noticed([gone()])
    expect(last()).toEqual(['beta offline'])
    alpha.peers.limit('beta', ['sessions:read'])
    alpha.peers.limit('beta', ['sessions:read'])
    expect(last()).toEqual(['beta offline'])
  })

  test('are not told of all that is known already after a restart', () => {
    alpha.peers.noticed([announced()])
    const again = restarted()
    again.peers.onChange(peer => told.push(peer))
    told.length = 0
    again.peers.noticed([gone()])
    expect(told).toEqual([])
  })

  test('cannot break it', () => {
    alpha.peers.onChange(() => {
      throw new Error('a listener')
    })
    alpha.peers.noticed([announced()])
    expect(beta()?.status).toBe('online')
  })
})

test('the difference between clocks is the one with the shortest round trip within ten minutes', async () => {
  alpha.peers.noticed([announced()])
  const skew = () => beta()?.clockSkewMs
  alpha.peers.noteSkew('beta', 500, 40)
  alpha.peers.noteSkew('beta', 400, 20)
  await clock.advance(300_000)
  alpha.peers.noteSkew('beta', 900, 30)
  expect(skew()).toBe(400)
  await clock.advance(300_000)
  alpha.peers.noteSkew('beta', 1000, 90)
  expect(skew()).toBe(900)
  alpha.peers.noteSkew('beta', Number.NaN, 1)
  alpha.peers.noteSkew('nobody', 1, 1)
  expect(skew()).toBe(900)
})

test('what cannot be saved is known all the same, and saved later', () => {
  const { db } = alpha.store
  db.exec('ALTER TABLE mesh_peers RENAME TO hidden')
  alpha.peers.noticed([announced()])
  expect(beta()?.status).toBe('online')
  db.exec('ALTER TABLE hidden RENAME TO mesh_peers')
  alpha.peers.noticed([announced()])
  expect(beta(restarted())?.fingerprint).toBe(fingerprintOf(keyOf('b')))
})

test('a heartbeat that cannot be written keeps nothing from being saved, nor anybody from being told', () => {
  const { meshStore: store, logged } = alpha
  const table = createPeerTable({ store, protocol: PROTOCOL, log: logged.log })
  const told: string[] = []
  table.onChange(({ name, status }) => told.push(`${name} ${status}`))
  const facts = { deep: JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) }
  for (const [name, said] of [
    ['beta', heartbeat({ facts })],
    ['gamma', heartbeat({ name: 'gamma' })],
  ] as const) {
    const stored = { name, publicKey: keyOf(name), allow: '*', refusedKey: null, heartbeat: said } as const
    table.put(recordOf({ ...stored, isRevoked: true, firstSeen: 1, lastSeen: 1 }))
  }
  table.commit()
  expect(told).toEqual(['beta revoked', 'gamma revoked'])
  const { peers } = restarted()
  expect(peers.find('beta')).toMatchObject({ status: 'revoked', heartbeat: null })
  expect(peers.find('gamma')).toMatchObject({ status: 'revoked', heartbeat: { name: 'gamma' } })
})

test('the carrier holds nothing of a heartbeat that can be read without the secret', async () => {
  await alpha.heart.beat()
  const { bytes } = carrier.announced.get('alpha') ?? { bytes: new Uint8Array() }
  expect(openHeartbeat(bytes, 'alpha', [meshSecret(SECRET)])?.heartbeat.boot).toBe(alpha.boot)
  expect(openHeartbeat(bytes, 'alpha', [meshSecret(OTHER_SECRET)])).toBeNull()
})
