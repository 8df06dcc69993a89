import { createCipheriv, hkdfSync } from 'node:crypto'
import {
  type Correspondent,
  createEnvelopes,
  type EnvelopeDraft,
  type EnvelopeHeader,
  readHeader,
} from '../../../core/mesh/envelope.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import { type MeshSecret, meshSecret } from '../../../core/mesh/mesh-secret.ts'

export const secret = meshSecret('the secret of the mesh, 32 characters')
export const otherSecret = meshSecret('the secret of another mesh, as long')
export const macbook = computer('macbook', 1)
export const workstation = computer('workstation', 2)
export const intruder = computer('intruder', 3)

export const draft: EnvelopeDraft = {
  v: 1,
  kind: 'request',
  id: 'k3f-abc_9',
  body: { operation: 'session.input', input: { text: 'ls ✓\n' } },
  at: 1_700_000_000_000,
  notAfter: 1_700_000_060_000,
}
export const sealed = macbook.envelopes.seal(workstation.as(), draft)

export function computer(name: string, seed: number, boot = `boot-${name}`) {
  const identity = createMeshIdentity(Buffer.alloc(32, seed))
  const { publicKey } = identity
  return {
    identity,
    publicKey,
    envelopes: createEnvelopes({ name, boot, identity }),
    as: (known: MeshSecret = secret): Correspondent => ({ name, publicKey, secret: known }),
  }
}

export function openAt(reader: ReturnType<typeof computer>, bytes: Uint8Array, from: Correspondent): unknown {
  const header = readHeader(bytes)
  return header && reader.envelopes.open(bytes, header, from)
}

/** Format, length and header. */
export function head(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes)
  return buffer.subarray(0, 3 + buffer.readUInt16BE(1))
}

/** The box. */
export function tail(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes).subarray(head(bytes).length)
}

export function fronted(header: string): Buffer {
  const front = Buffer.from(`\x01\0\0${header}`)
  front.writeUInt16BE(front.length - 3, 1)
  return front
}

/** A header in front of what could be a box. */
export function enveloped(header: string): Buffer {
  return Buffer.concat([fronted(header), Buffer.alloc(60)])
}

export function withHeader(bytes: Uint8Array, change: Partial<EnvelopeHeader>): Buffer {
  const header = { ...JSON.parse(head(bytes).subarray(3).toString()), ...change }
  return Buffer.concat([fronted(JSON.stringify(header)), tail(bytes)])
}

export function keyOf(shared: Uint8Array, from: string, to: string, boot: string): Buffer {
  const info = `teleclaude envelope 1\0${from}\0${to}\0${boot}`
  return Buffer.from(hkdfSync('sha256', shared, secret.value, info, 32))
}

export function sealPlainly(front: Buffer, key: Buffer, text: string): Buffer {
  const nonce = Buffer.alloc(12, 5)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(front)
  const sealedText = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([front, nonce, sealedText, cipher.getAuthTag()])
}
