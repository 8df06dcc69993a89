import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { asBuffer } from '../as-buffer.ts'
import { computerName } from '../config/computer-name.ts'
import { TeleclaudeError } from '../errors.ts'
import { ANY_ID } from '../ids.ts'
import type { MeshSecret } from './mesh-secret.ts'
import { objectsWithin } from './objects-within.ts'
import { parseJson } from './parse-json.ts'
import { BOX_BYTES, deriveBoxKey, openBox, sealBehind } from './sealed-box.ts'

const id = z.string().regex(ANY_ID)

/** JSON can be parsed far deeper than it can be written again, and every heartbeat is: to compare it, and to save it. */
const MAX_FACT_DEPTH = 32

/** What a computer says of itself at every beat. */
export const heartbeatSchema = z.object({
  name: computerName,
  version: z.string().max(64),
  /** The versions of the protocol that it speaks, both inclusive. */
  protocol: z.object({ min: z.int(), max: z.int() }),
  /** Raw X25519 public key, base64. */
  public_key: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  /** Random, kept in the state folder: another one after a reinstallation. */
  instance: id,
  /** Random: another one at every start of the daemon. */
  boot: id,
  /** The start of the daemon before this one; a computer takes over what its own predecessor announced. */
  previous_boot: id.nullable(),
  /** Names the run of the operating system. */
  machine_boot: z.string().max(128),
  /** By the sender's clock. */
  at: z.number(),
  /** What plugins added: load, digests, capabilities … Each is checked by whoever uses it. Those nested too deep are left out. */
  facts: z.record(z.string().max(64), z.unknown()).transform(withoutDeep),
})

export type HeartbeatFacts = z.output<typeof heartbeatSchema>

/**
 * The most bytes of a sealed heartbeat: each computer reads those of all others at every beat. Room for 12 KiB under each
 * of five secrets, so that no change of the secret makes one too large that was not before.
 */
export const MAX_HEARTBEAT_BYTES = 64 * 1024
/** More than there are secrets at a time: the one of the mesh, and a few before it. */
const MAX_BOXES = 16

/** Of sealed heartbeats, in front of everything: another one if what follows is ever laid out anew. */
const FORMAT = 1
/** The format, and how many boxes there are. */
const FRONT_BYTES = 2
const ID_BYTES = 8
/** In front of each box: the id of its secret, and in four bytes the length of the box. */
const BOX_FRONT_BYTES = ID_BYTES + 4
const LABEL = 'teleclaude heartbeat 1'

/**
 * Seals a heartbeat under every secret given, so that computers that know any of them can read it.
 * @throws TC_ERR_MESSAGE_TOO_LARGE
 */
export function sealHeartbeat(heartbeat: HeartbeatFacts, secrets: readonly MeshSecret[]): Uint8Array {
  const json = JSON.stringify(heartbeat)
  const boxBytes = Buffer.byteLength(json) + BOX_BYTES
  const size = FRONT_BYTES + secrets.length * (BOX_FRONT_BYTES + boxBytes)
  if (size > MAX_HEARTBEAT_BYTES || secrets.length > MAX_BOXES) throw tooLarge(heartbeat, size)
  const aad = associated(heartbeat.name)
  const boxes = secrets.map(secret => {
    const front = Buffer.alloc(BOX_FRONT_BYTES)
    front.write(secret.id, 'latin1')
    front.writeUInt32BE(boxBytes, ID_BYTES)
    return sealBehind(front, keyOf(secret), aad, json)
  })
  return Buffer.concat([Uint8Array.of(FORMAT, secrets.length), ...boxes])
}

/** What a sealed heartbeat says, and under which of the secrets it could be opened (the first that fits); null if under none, or if it is none of `name`. */
export function openHeartbeat(
  bytes: Uint8Array,
  name: string,
  secrets: readonly MeshSecret[],
): { readonly heartbeat: HeartbeatFacts; readonly secret: MeshSecret } | null {
  const boxes = readBoxes(bytes)
  for (const secret of secrets) {
    const box = boxes.get(secret.id)
    const text = box ? openBox(box, keyOf(secret), associated(name)) : null
    if (text === null) continue
    const heartbeat = heartbeatSchema.safeParse(parseJson(text.toString('utf8'))).data
    if (heartbeat?.name === name) return { heartbeat, secret }
  }
  return null
}

function withoutDeep(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => !isDeep(fact)))
}

function isDeep(fact: unknown): boolean {
  for (const { depth } of objectsWithin(fact)) if (depth > MAX_FACT_DEPTH) return true
  return false
}

/** By the ids of their secrets; none where the bytes are not laid out as they should be. */
function readBoxes(bytes: Uint8Array): ReadonlyMap<string, Buffer> {
  const boxes = new Map<string, Buffer>()
  const [format, count = 0] = bytes
  if (format !== FORMAT || count > MAX_BOXES || bytes.length > MAX_HEARTBEAT_BYTES) return NONE
  let rest = asBuffer(bytes).subarray(FRONT_BYTES)
  for (let read = 0; read < count; read++) {
    if (rest.length < BOX_FRONT_BYTES) return NONE
    const end = BOX_FRONT_BYTES + rest.readUInt32BE(ID_BYTES)
    if (end > rest.length) return NONE
    boxes.set(rest.toString('latin1', 0, ID_BYTES), rest.subarray(BOX_FRONT_BYTES, end))
    rest = rest.subarray(end)
  }
  return rest.length === 0 ? boxes : NONE
}

const NONE: ReadonlyMap<string, Buffer> = new Map()

/** A heartbeat cannot be shown as that of another computer. */
function associated(name: string): Buffer {
  return Buffer.from(`${String.fromCharCode(FORMAT)}${name}`)
}

/** Each secret opens the heartbeats of all computers, at every beat. */
const keys = new WeakMap<MeshSecret, KeyObject>()

function keyOf(secret: MeshSecret): KeyObject {
  const known = keys.get(secret)
  if (known) return known
  const key = deriveBoxKey(Buffer.from(secret.value), Buffer.alloc(0), LABEL)
  keys.set(secret, key)
  return key
}

function tooLarge({ name, facts }: HeartbeatFacts, size: number): TeleclaudeError {
  const names = Object.keys(facts).join(', ')
  return new TeleclaudeError(
    'TC_ERR_MESSAGE_TOO_LARGE',
    `the heartbeat of '${name}' would have ${size} bytes, and ${MAX_HEARTBEAT_BYTES} are the most. The plugins that add facts to it (${names}) have to say less.`,
  )
}
