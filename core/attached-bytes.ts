import { asBuffer } from './as-buffer.ts'

/** Bytes that belong into a message, which is JSON for the rest: they stand under the second name in what stands under the first. */
export interface Attached {
  readonly at: readonly [field: string, inner: string]
  readonly bytes: Uint8Array
}

/** Names that stand on every wire as they are; bytes under others go in base64. */
const NAME = /^\w{1,64}$/

/** Takes out of a message what JSON has no word for, leaving null in its place; null where there is nothing of the kind. */
export function detachBytes(message: unknown): { message: object; attached: Attached } | null {
  for (const attached of bytesWithin(message)) {
    if (attached.at.every(name => NAME.test(name)))
      return { message: replaced(message as object, attached.at, null), attached } // there is something within it
  }
  return null
}

/**
 * Puts them back into a message that was read from JSON and is nobody else's. False where it has no such place: they go
 * only over the null that stands there, so that no name leads anywhere else.
 */
export function attachBytes(message: unknown, { at: [field, inner], bytes }: Attached): boolean {
  const part = isObject(message) && Object.hasOwn(message, field) ? message[field] : null
  if (!isObject(part) || !Object.hasOwn(part, inner) || part[inner] !== null) return false
  part[inner] = bytes
  return true
}

/** The message with its bytes in base64. */
export function spellBytes(message: unknown): unknown {
  let spelled = message
  for (const { at, bytes } of bytesWithin(message))
    spelled = replaced(spelled as object, at, asBuffer(bytes).toString('base64')) // as above
  return spelled
}

function* bytesWithin(message: unknown): Generator<Attached> {
  if (!isObject(message)) return
  for (const [field, part] of Object.entries(message)) {
    if (!isObject(part)) continue
    for (const [inner, bytes] of Object.entries(part))
      if (bytes instanceof Uint8Array) yield { at: [field, inner], bytes }
  }
}

function replaced(message: object, [field, inner]: Attached['at'], value: string | null): object {
  const part: unknown = (message as Record<string, unknown>)[field]
  return { ...message, [field]: { ...(part as object), [inner]: value } }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}
