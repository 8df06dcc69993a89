import { randomBytes } from 'node:crypto'
import { asBuffer } from '../as-buffer.ts'
import type { Epoch, SessionId } from '../ids.ts'
import { type Entry, entryToWire, type WireEntry } from '../journal/entry.ts'
import { parseWireEntry } from '../journal/entry-schema.ts'
import { parseJson } from './parse-json.ts'
import { boxKey, openBox, sealBehind } from './sealed-box.ts'

/** The key of one session's output stream: random, made anew whenever the stream is begun anew. */
export interface StreamKey {
  /** 8 bytes in hex, in front of every entry sealed with it. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

const ID_BYTES = 8
const KEY_BYTES = 32
const LABEL = 'teleclaude entry 1'

export function newStreamKey(): StreamKey {
  return { id: randomBytes(ID_BYTES).toString('hex'), key: randomBytes(KEY_BYTES) }
}

/** Seals and opens the entries of one session under one key; session, epoch and seq are authenticated with them. */
export interface StreamSeal {
  seal(entry: Entry): Uint8Array
  /** Throws nothing: `stale` for an entry sealed under another key, null for one that is forged or damaged. */
  open(seq: number, bytes: Uint8Array): WireEntry | 'stale' | null
}

export function createStreamSeal(session: SessionId, epoch: Epoch, key: StreamKey): StreamSeal {
  const front = Buffer.from(key.id, 'hex')
  const cipherKey = boxKey(key.key)
  const associated = (seq: number) => Buffer.from(`${LABEL}\0${session}\0${epoch}\0${seq}`)
  return {
    seal: entry => sealBehind(front, cipherKey, associated(entry.seq), JSON.stringify(entryToWire(entry))),
    open(seq, bytes) {
      if (bytes.length < front.length) return null
      const buffer = asBuffer(bytes)
      if (!buffer.subarray(0, front.length).equals(front)) return 'stale'
      const text = openBox(buffer.subarray(front.length), cipherKey, associated(seq))
      const wire = text === null ? null : parseWireEntry(parseJson(text.toString('utf8')))
      return wire?.seq === seq ? wire : null
    },
  }
}
