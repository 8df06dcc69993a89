import type { KeyObject } from 'node:crypto'
import { asBuffer } from '../as-buffer.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { Correspondent } from './envelope.ts'
import type { EnvelopeHeader } from './envelope-header.ts'
import type { MeshIdentity } from './identity.ts'
import { deriveBoxKey } from './sealed-box.ts'

/** The key of what one run of one computer's daemon seals for another computer. */
export interface EnvelopeKey {
  readonly key: KeyObject
  /** Under which it is kept. */
  readonly name: string
}

/** Two for each correspondent, and an agreement takes 70 µs: enough for more computers than talk at once. */
const MOST_KEYS = 256
const LABEL = 'teleclaude envelope 1'

/** The keys between this computer and others. */
export class EnvelopeKeys {
  readonly #identity: MeshIdentity
  readonly #agreed = new BoundedMap<string, Uint8Array>(MOST_KEYS)
  readonly #keys = new BoundedMap<string, EnvelopeKey>(MOST_KEYS)

  constructor(identity: MeshIdentity) {
    this.#identity = identity
  }

  /** @throws TC_ERR_PROTOCOL if the other one's public key cannot be used */
  find({ from, to, boot }: EnvelopeHeader, { publicKey, secret }: Correspondent): EnvelopeKey {
    // None of these can hold a NUL, so no two of them run together.
    const info = `${LABEL}\0${from}\0${to}\0${boot}`
    const name = `${info}\0${asBuffer(publicKey).toString('hex')}\0${secret.value}`
    const known = this.#keys.get(name)
    if (known) return known
    return { key: deriveBoxKey(this.#agree(publicKey), Buffer.from(secret.value), info), name }
  }

  /** To be called once the key has proved itself: headers that anybody can write must not push out the keys in use. */
  keep(key: EnvelopeKey): void {
    this.#keys.set(key.name, key)
  }

  #agree(publicKey: Uint8Array): Uint8Array {
    const name = asBuffer(publicKey).toString('hex')
    const agreed = this.#agreed.get(name) ?? this.#identity.sharedWith(publicKey)
    this.#agreed.set(name, agreed)
    return agreed
  }
}
