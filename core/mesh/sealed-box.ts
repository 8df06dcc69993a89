import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto'
import { freeBytes } from '../free-bytes.ts'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
/** What NIST SP 800-38D recommends for GCM. */
const NONCE_BYTES = 12
/** The longest that GCM has. */
const TAG_BYTES = 16

/** How much longer a box is than the text in it. */
export const BOX_BYTES = NONCE_BYTES + TAG_BYTES

/** A key for boxes, by HKDF-SHA256. `info` has to say what it is for, so that no two uses share a key. */
export function deriveBoxKey(input: Uint8Array, salt: Uint8Array, info: string): KeyObject {
  return boxKey(new Uint8Array(hkdfSync('sha256', input, salt, info, KEY_BYTES)))
}

/** To be made once for many boxes: a cipher that is given bytes takes three times as long. */
export function boxKey(key: Uint8Array): KeyObject {
  return createSecretKey(key)
}

/**
 * `front` in clear, and behind it a box: random nonce, text (one, or several parts of it) sealed with AES-256-GCM, tag.
 * `aad` is authenticated with it.
 */
export function sealBehind(
  front: Uint8Array,
  key: KeyObject,
  aad: Uint8Array,
  ...text: readonly (string | Uint8Array)[]
): Buffer {
  const nonce = takeNonce()
  const cipher = createCipheriv(CIPHER, key, nonce)
  cipher.setAAD(aad)
  const sealed = text.map(part =>
    typeof part === 'string' ? cipher.update(part, 'utf8') : cipher.update(part),
  )
  cipher.final()
  const box = Buffer.concat([front, nonce, ...sealed, cipher.getAuthTag()])
  sealed.forEach(freeBytes)
  return box
}

/** The text in a box, or null if it was not sealed with this key and `aad`, or is damaged. */
export function openBox(box: Buffer, key: KeyObject, aad: Uint8Array): Buffer | null {
  if (box.length < BOX_BYTES) return null
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(box.subarray(-TAG_BYTES))
  try {
    const text = decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES))
    decipher.final()
    return text
  } catch {
    return null
  }
}

// Asking the system for a few bytes costs as much as asking for many, and everything sealed has a nonce.
const POOL_BYTES = 512 * NONCE_BYTES
let pool = new Uint8Array(0)
let used = 0

/** Bytes that are handed out once: a new pool is taken, never an old one filled again. */
function takeNonce(): Uint8Array {
  if (used === pool.length) {
    pool = randomFillSync(new Uint8Array(POOL_BYTES))
    used = 0
  }
  used += NONCE_BYTES
  return pool.subarray(used - NONCE_BYTES, used)
}
