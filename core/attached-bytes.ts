import { asBuffer } from './as-buffer.ts'

/** Bytes that belong into a message, which is JSON for the rest: they stand under the second name in what stands under the first. */
export interface Attached {
  readonly at: readonly [field: string, inner: string]
  readonly bytes: Uint8Array
}

/** Takes out of a message what JSON has no word for, leaving null in its place; null where there is nothing of the kind. */
export function detachBytes(message: unknown): { message: object; attached: Attached } | null {
  if (!isObject(message)) return null
  for (const [field, part] of Object.entries(message)) {
    if (!isObject(part)) continue
    for (const [inner, bytes] of Object.entries(part)) {
      if (!(bytes instanceof Uint8Array)) continue
      const rest = { ...message, [field]: { ...part, [inner]: null } }
      return { message: rest, attached: { at: [field, inner], bytes } }
    }
  }
  return null
}

/** Puts them back into a message that was read from JSON and is nobody else's. False where it has no such place. */
export function attachBytes(message: unknown, { at: [field, inner], bytes }: Attached): boolean {
  return put(message, field, inner, bytes)
}

/** The message with its bytes in base64. */
export function spellBytes(message: unknown): unknown {
  const found = detachBytes(message)
  if (!found) return message
  const [field, inner] = found.attached.at
  put(found.message, field, inner, asBuffer(found.attached.bytes).toString('base64'))
  return spellBytes(found.message)
}

/** Only over the null that stands there, so that no name leads anywhere else. */
function put(message: unknown, field: string, inner: string, value: unknown): boolean {
  const part = isObject(message) && Object.hasOwn(message, field) ? message[field] : null
  if (!isObject(part) || !Object.hasOwn(part, inner) || part[inner] !== null) return false
  part[inner] = value
  return true
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}
