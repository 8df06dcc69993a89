import { z } from 'zod'
import { attachBytes, detachBytes, spellBytes } from '../attached-bytes.ts'
import { parseJson } from './parse-json.ts'

/** From this version of the protocol on a body may have bytes beside its JSON; before, they stand in it in base64. */
const BYTES_SINCE = 2
/** In front of a body with bytes. No JSON begins with it. */
const MARK = 1
/** The mark, and the length of the JSON in four bytes. */
const FRONT_BYTES = 5

/** A body that holds more than twice as much as its bytes is not kept for their sake. */
const MOST_AROUND = 2

/** Requests and answers have bytes, in what they ask and answer; nothing else has. */
const withPlace = z.object({
  at: z.tuple([z.enum(['input', 'result']), z.string()]),
  body: z.unknown(),
})

/** A body as it is sealed, in parts: its JSON; or mark, length, JSON with the place of the bytes, and they. */
export function encodeBody(v: number, body: unknown): readonly (string | Uint8Array)[] {
  const found = v >= BYTES_SINCE ? detachBytes(body) : null
  if (!found) return [JSON.stringify(spellBytes(body))]
  const { at, bytes } = found.attached
  const json = Buffer.from(JSON.stringify({ at, body: spellBytes(found.message) }))
  const front = Buffer.allocUnsafe(FRONT_BYTES)
  front[0] = MARK
  front.writeUInt32BE(json.length, 1)
  return [front, json, bytes]
}

/** What was sealed; undefined where that is no body. Its bytes are a part of `plain`, unless they are only a small one. */
export function decodeBody(v: number, plain: Buffer): unknown {
  if (v < BYTES_SINCE || plain[0] !== MARK) return parseJson(plain.toString('utf8'))
  if (plain.length < FRONT_BYTES) return undefined
  const end = FRONT_BYTES + plain.readUInt32BE(1)
  if (end > plain.length) return undefined
  const parsed = withPlace.safeParse(parseJson(plain.toString('utf8', FRONT_BYTES, end))).data
  if (!parsed) return undefined
  const { at, body } = parsed
  return attachBytes(body, { at, bytes: withoutMuchAround(plain.subarray(end)) }) ? body : undefined
}

/** Or a few bytes that wait somewhere would hold all that the sender has put around them. */
function withoutMuchAround(bytes: Buffer): Buffer {
  return bytes.length * MOST_AROUND < bytes.buffer.byteLength ? Buffer.from(bytes) : bytes
}
