import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { newEpoch, newSessionId } from '../../../core/ids.ts'
import type { Entry } from '../../../core/journal/entry.ts'
import { createEnvelopes, readHeader } from '../../../core/mesh/envelope.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import { meshSecret, newMeshSecret } from '../../../core/mesh/mesh-secret.ts'
import { createStreamSeal, newStreamKey } from '../../../core/mesh/stream-seal.ts'
import { median } from '../measure/percentile.ts'
import { timesInTurn } from '../measure/time.ts'
import type { Figure, Row } from '../row.ts'

/** Between two readings of the clock, which take about as long as one sealing. */
const AT_ONCE = 200
const TURNS = { warmUp: 20, rounds: 20, calls: 5 }
const [SMALL, LARGE] = [200, 4096]

export const sealing: Row = {
  name: 'sealing',
  summary: 'sealing and opening an envelope, and an entry of a stream',
  async run() {
    const parts = {
      bareSmall: many(bareBox(SMALL)),
      envelopeSmall: many(envelope(SMALL)),
      bareLarge: many(bareBox(LARGE)),
      envelopeLarge: many(envelope(LARGE)),
      entry: many(streamEntry(LARGE)),
    }
    const times = await timesInTurn(parts, TURNS)
    const each = (name: keyof typeof parts) => (median(times[name]) * 1000) / AT_ONCE
    return [
      {
        ...figure(`envelope of ${SMALL} B, sealed and opened`, each('bareSmall'), each('envelopeSmall')),
        note: 'floor = bare AES-256-GCM from node:crypto, encrypted and decrypted',
      },
      figure(`envelope of ${LARGE} B, sealed and opened`, each('bareLarge'), each('envelopeLarge')),
      figure(`entry of ${LARGE} B, sealed and opened`, each('bareLarge'), each('entry')),
    ]
  },
}

function figure(what: string, floor: number, measured: number): Figure {
  return { what, unit: 'µs', floor, measured }
}

function many(work: () => void): () => Promise<void> {
  return async () => {
    for (let done = 0; done < AT_ONCE; done++) work()
  }
}

function bareBox(bytes: number): () => void {
  const key = createSecretKey(randomBytes(32))
  const nonce = randomBytes(12)
  const clear = randomBytes(bytes)
  return () => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    const sealed = cipher.update(clear)
    cipher.final()
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    decipher.setAuthTag(cipher.getAuthTag())
    decipher.update(sealed)
    decipher.final()
  }
}

/** From one computer to another, with all that a message has in front of what is sealed. */
function envelope(bytes: number): () => void {
  const secret = meshSecret(newMeshSecret())
  const [here, there] = ['here', 'there'].map(name => {
    const identity = createMeshIdentity(randomBytes(32))
    const envelopes = createEnvelopes({ name, boot: 'boot', identity })
    return { envelopes, correspondent: { name, publicKey: identity.publicKey, secret } }
  })
  if (!here || !there) throw new Error('there are two')
  const body = 'x'.repeat(bytes - '""'.length)
  const draft = { v: 1, kind: 'event', id: 'message', body, at: 1, notAfter: 2 } as const
  return () => {
    const sealed = here.envelopes.seal(there.correspondent, draft)
    const header = readHeader(sealed)
    if (!header || there.envelopes.open(sealed, header, here.correspondent) !== body)
      throw new Error('an envelope could not be opened')
  }
}

function streamEntry(bytes: number): () => void {
  const seal = createStreamSeal(newSessionId(), newEpoch(), newStreamKey())
  const entry: Entry = { kind: 'output', data: Buffer.alloc(bytes, 'x'), seq: 1, at: 1 }
  return () => {
    const opened = seal.open(1, seal.seal(entry))
    if (opened === null || opened === 'stale') throw new Error('an entry could not be opened')
  }
}
