import { createHash, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import { createMeshIdentity, fingerprintOf } from '../../../core/mesh/identity.ts'

const macbook = createMeshIdentity(Buffer.alloc(32, 1))
const workstation = createMeshIdentity(Buffer.alloc(32, 2))

describe('a computer’s identity', () => {
  it('is the same for the same 32 bytes, and another for others', () => {
    expect(createMeshIdentity(Buffer.alloc(32, 1)).publicKey).toEqual(macbook.publicKey)
    expect(workstation.publicKey).not.toEqual(macbook.publicKey)
  })

  it('is X25519 with the private key that HKDF-SHA256 derives under its label', () => {
    const d = hkdfSync('sha256', Buffer.alloc(32, 1), '', 'teleclaude mesh identity 1', 32)
    const privateKey = privateKeyOf(Buffer.from(d))
    const base = Buffer.alloc(32)
    base[0] = 9
    expect(Buffer.from(macbook.publicKey)).toEqual(
      diffieHellman({ privateKey, publicKey: publicKeyOf(base) }),
    )
    expect(Buffer.from(macbook.sharedWith(workstation.publicKey))).toEqual(
      diffieHellman({ privateKey, publicKey: publicKeyOf(workstation.publicKey) }),
    )
  })

  it('gives two computers one secret, which a third one does not have', () => {
    const third = createMeshIdentity(Buffer.alloc(32, 3))
    const shared = macbook.sharedWith(workstation.publicKey)
    expect(shared).toHaveLength(32)
    expect(workstation.sharedWith(macbook.publicKey)).toEqual(shared)
    expect(third.sharedWith(macbook.publicKey)).not.toEqual(shared)
    expect(third.sharedWith(workstation.publicKey)).not.toEqual(shared)
  })

  it('is shown as SSH shows host keys', () => {
    const hash = createHash('sha256').update(macbook.publicKey).digest('base64')
    expect(macbook.fingerprint).toBe(`SHA256:${hash.slice(0, 43)}`)
    expect(macbook.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
    expect(fingerprintOf(macbook.publicKey)).toBe(macbook.fingerprint)
  })
})

/** Every point of low order on the curve and its twist, as RFC 7748 implementations list them. */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

describe('a public key that cannot be used', () => {
  it.each<[string, Buffer]>([
    ...LOW_ORDER.map((hex): [string, Buffer] => [
      `${hex.slice(0, 8)}… of low order`,
      Buffer.from(hex, 'hex'),
    ]),
    ['empty', Buffer.alloc(0)],
    ['too short', Buffer.alloc(31, 9)],
    ['too long', Buffer.concat([workstation.publicKey, Buffer.of(0)])],
    ['huge', Buffer.alloc(1_000_000, 9)],
  ])('is refused with an error that names it: %s', (_, publicKey) => {
    const share = () => macbook.sharedWith(publicKey)
    expect(share).toThrow(fingerprintOf(publicKey))
    expect(share).toThrow(expect.toSatisfy((error: unknown) => isTeleclaudeError(error, 'TC_ERR_PROTOCOL')))
  })
})

function privateKeyOf(raw: Buffer) {
  const base64 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), raw]).toString(
    'base64',
  )
  return createPrivateKey(`-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----`)
}

function publicKeyOf(raw: Uint8Array) {
  const x = Buffer.from(raw).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
}
