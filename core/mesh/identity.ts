/** What proves that a computer is the one it was when it was first seen: an X25519 key pair. */
export interface MeshIdentity {
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array
  /** As shown to people: see {@link fingerprintOf}. */
  readonly fingerprint: string
  /** The secret that only this computer and the owner of `publicKey` can compute (RFC 7748). 32 bytes. */
  sharedWith(publicKey: Uint8Array): Uint8Array
}

/** Derives the key pair from the computer's 32 random bytes, by HKDF under a label of its own. */
export declare function createMeshIdentity(identityKey: Uint8Array): MeshIdentity

/** `SHA256:` and the hash of a public key in base64 without padding, as SSH shows host keys. */
export declare function fingerprintOf(publicKey: Uint8Array): string
