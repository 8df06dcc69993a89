import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { TeleclaudeError } from '../errors.ts'

/** What proves that a computer is the one it was when it was first seen: an X25519 key pair. */
export interface MeshIdentity {
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array
  /** As shown to people: see {@link fingerprintOf}. */
  readonly fingerprint: string
  /**
   * The secret that only this computer and the owner of `publicKey` can compute (RFC 7748). 32 bytes.
   * @throws TC_ERR_PROTOCOL for what is no key, or one with which everybody could compute it (a point of low order)
   */
  sharedWith(publicKey: Uint8Array): Uint8Array
}

const PUBLIC_KEY_BYTES = 32
const LABEL = 'teleclaude mesh identity 1'
// What RFC 8410 puts in front of the 32 bytes of an X25519 key, for a private one (PKCS #8) and a public one (SPKI).
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const SPKI = Buffer.from('302a300506032b656e032100', 'hex')

/** Derives the key pair from the computer's 32 random bytes, by HKDF under a label of its own. */
export function createMeshIdentity(identityKey: Uint8Array): MeshIdentity {
  const raw = new Uint8Array(hkdfSync('sha256', identityKey, new Uint8Array(0), LABEL, 32))
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const publicKey = spki.subarray(SPKI.length)
  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sharedWith: theirs => sharedSecret(privateKey, theirs),
  }
}

function sharedSecret(privateKey: KeyObject, theirs: Uint8Array): Uint8Array {
  try {
    // OpenSSL fails for a point of low order, as RFC 7748 (6.1) demands.
    return diffieHellman({ privateKey, publicKey: publicKeyOf(theirs) })
  } catch (cause) {
    throw new TeleclaudeError(
      'TC_ERR_PROTOCOL',
      `the public key ${fingerprintOf(theirs)} of a computer cannot be used. Nothing that works announces such a key: see who runs there, and revoke it.`,
      { cause },
    )
  }
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  if (raw.length !== PUBLIC_KEY_BYTES) throw new RangeError(`${raw.length} bytes, not ${PUBLIC_KEY_BYTES}`)
  return createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })
}

/** `SHA256:` and the hash of a public key in base64 without padding, as SSH shows host keys. */
export function fingerprintOf(publicKey: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`
}
