import { z } from 'zod'
import { asBuffer } from './as-buffer.ts'

/** Bytes that belong into a message, which is JSON for the rest: they stand under the second name in what stands under the first. */
export interface Attached {
  readonly at: readonly [field: string, inner: string]
  readonly bytes: Uint8Array
}

/**
 * Bytes in an input or a result. They travel beside the JSON, as they are, where all on the way can take them, and in
 * base64 where not; what is handed on is a buffer in either case. Only at the top, and one in each: a second one goes in base64.
 *
 * @param maxBytes the most that are taken
 */
export function bytesField(maxBytes: number) {
  // Its pattern looks at every character, which only those cost who have no better way.
  const spelled = z.base64().max(Math.ceil(maxBytes / 3) * 4)
  return z
    .union([z.custom<Uint8Array>(value => value instanceof Uint8Array, 'no bytes'), spelled])
    .transform(value => (typeof value === 'string' ? Buffer.from(value, 'base64') : asBuffer(value)))
    .refine(bytes => bytes.length <= maxBytes, `more than ${maxBytes} bytes`)
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
