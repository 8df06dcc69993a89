import { beforeEach, describe, expect, test } from 'vitest'
import { openHeartbeat } from '../../../core/mesh/heartbeat.ts'
import { fingerprintOf } from '../../../core/mesh/identity.ts'
import { meshSecret } from '../../../core/mesh/mesh-secret.ts'
import { PROTOCOL } from '../../../core/mesh/messages.ts'
import type { Peer } from '../../../core/mesh/peer.ts'
import { recordOf } from '../../../core/mesh/peer-record.ts'
import { createPeerTable } from '../../../core/mesh/peer-table.ts'
import { DAY_MS, meshComputer, SECRET } from '../../support/mesh-computer.ts'
import {
  alpha,
  announced,
  beta,
  carrier,
  clock,
  gone,
  heartbeat,
  keyOf,
  OTHER_SECRET,
  other,
  restarted,
  TTL_MS,
} from './peers-of-alpha.ts'

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
  alpha.peers.noteSkew('beta', 410, 40)
  alpha.peers.noteSkew('beta', 400, 20)
  await clock.advance(300_000)
  alpha.peers.noteSkew('beta', 405, 30)
  expect(skew()).toBe(400)
  await clock.advance(300_000)
  alpha.peers.noteSkew('beta', 440, 90)
  expect(skew()).toBe(405)
  alpha.peers.noteSkew('beta', Number.NaN, 1)
  alpha.peers.noteSkew('nobody', 1, 1)
  expect(skew()).toBe(405)
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
