import type { MeshIdentity } from './identity.ts'
import type { MeshSecret } from './mesh-secret.ts'

export type EnvelopeKind = 'request' | 'response' | 'cancel' | 'event' | 'renew' | 'release'

/** What stands outside the sealed part of an envelope, and is authenticated with it. Times are milliseconds since the Unix epoch, by the sender's clock. */
export interface EnvelopeHeader {
  /** The version of the protocol between the two. */
  readonly v: number
  readonly kind: EnvelopeKind
  readonly from: string
  readonly to: string
  /** Of the request, for requests, responses and cancels; else its own. */
  readonly id: string
  readonly at: number
  readonly notAfter: number
  /** Which run of the sender's daemon sealed it. */
  readonly boot: string
  /** Which mesh secret it was sealed under: {@link MeshSecret.id}. */
  readonly secret: string
}

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
  /** JSON. */
  readonly body: unknown
  readonly at: number
  readonly notAfter: number
}

/** Seals and opens what goes between this computer and others. Keys that were derived are kept, a bounded number of them. */
export interface Envelopes {
  seal(to: Correspondent, draft: EnvelopeDraft): Uint8Array
  /** The body, or null if `from` did not seal these bytes for this computer. The header must be the one that {@link readHeader} read. */
  open(bytes: Uint8Array, header: EnvelopeHeader, from: Correspondent): unknown
}

/** AES-256-GCM under HKDF-SHA256(X25519(A, B), salt = mesh secret, info = label, names and A's boot id), random 96-bit nonce, header as associated data. */
export declare function createEnvelopes(self: {
  readonly name: string
  readonly boot: string
  readonly identity: MeshIdentity
}): Envelopes

/** Reads what is outside the sealed part; null where the bytes are no envelope. Nothing in it is proven yet. */
export declare function readHeader(bytes: Uint8Array): EnvelopeHeader | null
