import { z } from 'zod'
import { asBuffer } from './as-buffer.ts'

/**
 * Bytes in an input or a result. They travel beside the JSON, as they are, where all on the way can take them, and in
 * base64 where not; what is handed on is a buffer in either case. Only at the top, and one in each, under a name of letters,
 * digits and `_`: what else there is goes in base64.
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
