import { z } from 'zod'
import { asBuffer } from '../as-buffer.ts'
import { computerName } from '../config/computer-name.ts'
import { ANY_ID } from '../ids.ts'
import { parseJson } from './parse-json.ts'
import { BOX_BYTES } from './sealed-box.ts'

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

const id = z.string().regex(ANY_ID)
const headerSchema = z.object({
  v: z.int().min(0),
  kind: z.enum(['request', 'response', 'cancel', 'event', 'renew', 'release']),
  from: computerName,
  to: computerName,
  id,
  at: z.int().min(0),
  notAfter: z.int().min(0),
  boot: id,
  secret: id,
})

/** Of envelopes, in front of everything: another one if what follows is ever laid out anew. */
const FORMAT = 1
/** The format, and the length of the header in two bytes. */
const FRONT_BYTES = 3
/** Twice what the fields can add up to. */
const MAX_HEADER_BYTES = 1024

/** What stands in front of an envelope's box: format, length of the header, header as JSON. The same header always gives the same bytes. */
export function encodeHeader(header: EnvelopeHeader): Buffer {
  const json = jsonOf(header)
  const front = Buffer.allocUnsafe(FRONT_BYTES + json.length)
  front[0] = FORMAT
  front.writeUInt16BE(json.length, 1)
  front.write(json, FRONT_BYTES, 'latin1')
  return front
}

/** Reads what is outside the sealed part; null where the bytes are no envelope. Nothing in it is proven yet. */
export function readHeader(bytes: Uint8Array): EnvelopeHeader | null {
  if (bytes.length < FRONT_BYTES + BOX_BYTES || bytes[0] !== FORMAT) return null
  const buffer = asBuffer(bytes)
  const length = buffer.readUInt16BE(1)
  if (length > MAX_HEADER_BYTES || bytes.length < FRONT_BYTES + length + BOX_BYTES) return null
  const json = buffer.toString('latin1', FRONT_BYTES, FRONT_BYTES + length)
  const header = headerSchema.safeParse(parseJson(json)).data
  // One header has one spelling: no field twice, none that is not known here.
  return header && jsonOf(header) === json ? header : null
}

/** Only ASCII, by the patterns of its fields. */
function jsonOf({ v, kind, from, to, id, at, notAfter, boot, secret }: EnvelopeHeader): string {
  return JSON.stringify({ v, kind, from, to, id, at, notAfter, boot, secret })
}
