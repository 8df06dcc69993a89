import { asBuffer } from '../as-buffer.ts'
import { decodeBody, encodeBody } from './envelope-body.ts'
import { type EnvelopeHeader, type EnvelopeKind, encodeHeader } from './envelope-header.ts'
import { type EnvelopeKey, EnvelopeKeys } from './envelope-keys.ts'
import type { MeshIdentity } from './identity.ts'
import type { MeshSecret } from './mesh-secret.ts'
import { openBox, sealBehind } from './sealed-box.ts'

export { type EnvelopeHeader, type EnvelopeKind, readHeader } from './envelope-header.ts'

/** Whom an envelope is for, or from. */
export interface Correspondent {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly secret: MeshSecret
}

export interface EnvelopeDraft {
  readonly v: number
  readonly kind: EnvelopeKind
  readonly id: string
  /** JSON, and bytes as `bytesField` has them. */
  readonly body: unknown
  readonly at: number
  readonly notAfter: number
}

/** Seals and opens what goes between this computer and others. Keys that were derived are kept, a bounded number of them. */
export interface Envelopes {
  /** @throws TC_ERR_PROTOCOL if the other one's public key cannot be used */
  seal(to: Correspondent, draft: EnvelopeDraft): Uint8Array
  /** The body, or null if `from` did not seal these bytes for this computer. The header must be the one that {@link readHeader} read. */
  open(bytes: Uint8Array, header: EnvelopeHeader, from: Correspondent): unknown
}

/** AES-256-GCM under HKDF-SHA256(X25519(A, B), salt = mesh secret, info = label, names and A's boot id), random 96-bit nonce, header as associated data. */
export function createEnvelopes(self: {
  readonly name: string
  readonly boot: string
  readonly identity: MeshIdentity
}): Envelopes {
  const keys = new EnvelopeKeys(self.identity)
  return {
    seal(to, { body, ...draft }) {
      const header = { ...draft, from: self.name, to: to.name, boot: self.boot, secret: to.secret.id }
      const front = encodeHeader(header)
      const key = keys.find(header, to)
      keys.keep(key)
      return sealBehind(front, key.key, front, ...encodeBody(draft.v, body))
    },
    open(bytes, header, from) {
      if (header.to !== self.name || header.from !== from.name || header.secret !== from.secret.id)
        return null
      const front = encodeHeader(header)
      const envelope = asBuffer(bytes)
      if (!envelope.subarray(0, front.length).equals(front)) return null
      const key = findOrNull(keys, header, from)
      const text = key && openBox(envelope.subarray(front.length), key.key, front)
      if (key === null || text === null) return null
      keys.keep(key)
      return decodeBody(header.v, text) ?? null
    },
  }
}

/** Nothing was ever sealed with a public key that cannot be used. */
function findOrNull(keys: EnvelopeKeys, header: EnvelopeHeader, from: Correspondent): EnvelopeKey | null {
  try {
    return keys.find(header, from)
  } catch {
    return null
  }
}
