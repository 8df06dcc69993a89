import { createCipheriv, createDecipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Epoch, SessionId } from '../../../core/ids.ts'
import { type Entry, entryToWire } from '../../../core/journal/entry.ts'
import { createStreamSeal, newStreamKey } from '../../../core/mesh/stream-seal.ts'
import { cuts, flips, junk } from './hostile-bytes.ts'

const session = 'aaaabbbbcccc' as SessionId
const epoch = 'eeeeffff' as Epoch
const key = { id: '00112233445566ff', key: Buffer.alloc(32, 9) }
const owner = createStreamSeal(session, epoch, key)
const reader = createStreamSeal(session, epoch, { ...key })

const at = 1_700_000_000_000
const output: Entry = { kind: 'output', data: Buffer.from('make: ✓\r\n'), seq: 7, at }
const sealed = owner.seal(output)

describe('an entry of a stream', () => {
  it.each<Entry>([
    output,
    { kind: 'output', data: Buffer.alloc(4096, 'x'), layer: 'alternate', seq: 1, at },
    { kind: 'output', data: Buffer.from('ff00fe80', 'hex'), layer: 'string', seq: 2, at },
    { kind: 'output', data: Buffer.alloc(4096, 0xff), seq: 3, at },
    { kind: 'output', data: Buffer.alloc(4096), seq: 4, at },
    { kind: 'output', data: Buffer.alloc(0), seq: 5, at },
    { kind: 'input', author: 'cli user:ada', length: 3, text: 'ls\n', seq: 6, at },
    { kind: 'input', author: 'cli user:ada', length: 3, seq: 6, at },
    { kind: 'mark', mark: { type: 'start' }, seq: 7, at },
    { kind: 'mark', mark: { type: 'end', exitCode: 0, durationMs: 12, cwd: '/tmp' }, seq: 7, at },
    { kind: 'mark', mark: { type: 'end', exitCode: null, durationMs: null, cwd: null }, seq: 7, at },
    { kind: 'mark', mark: { type: 'prompt', cwd: '/tmp' }, seq: 7, at },
    { kind: 'mark', mark: { type: 'turn' }, seq: 7, at },
    { kind: 'state', state: 'closed', reason: 'it ended', exitCode: 1, signal: null, seq: 8, at },
    { kind: 'state', cols: 80, rows: 24, title: 'build', seq: 8, at },
    { kind: 'gap', bytes: 0, fromSeq: 1, toSeq: 9, reason: 'retention', seq: 9, at },
    { kind: 'notice', text: '**hi**', format: 'markdown', author: 'ada', seq: 10, at },
    { kind: 'mark', mark: { type: 'turn' }, seq: Number.MAX_SAFE_INTEGER, at },
  ])('comes out as it went in: $kind %#', entry => {
    expect(reader.open(entry.seq, owner.seal(entry))).toEqual(entryToWire(entry))
  })

  it('shows nothing of what it says, and looks different each time', () => {
    expect(Buffer.from(sealed).includes('make')).toBe(false)
    expect(owner.seal(output)).not.toEqual(sealed)
  })

  it('stands at no other seq, in no other session and in no other epoch', () => {
    for (const seq of [0, 1, 6, 8, -7, 7.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
      expect(reader.open(seq, sealed)).toBeNull()
    expect(createStreamSeal('aaaabbbbcccd' as SessionId, epoch, key).open(7, sealed)).toBeNull()
    expect(createStreamSeal(session, 'eeeefffg' as Epoch, key).open(7, sealed)).toBeNull()
  })

  it('is stale under another key, and forged under the same id with another key', () => {
    expect(createStreamSeal(session, epoch, newStreamKey()).open(7, sealed)).toBe('stale')
    const forger = createStreamSeal(session, epoch, { id: key.id, key: Buffer.alloc(32, 8) })
    expect(reader.open(7, forger.seal(output))).toBeNull()
  })

  it('is sealed under a key that is another one each time', () => {
    const keys = Array.from({ length: 50 }, newStreamKey)
    expect(new Set(keys.map(({ id }) => id)).size).toBe(50)
    expect(new Set(keys.map(one => Buffer.from(one.key).toString('hex'))).size).toBe(50)
    for (const { id, key: bytes } of keys) {
      expect(id).toMatch(/^[0-9a-f]{16}$/)
      expect(bytes).toHaveLength(32)
    }
  })
})

describe('hostile bytes', () => {
  it('are stale with a flipped bit in the key id, and null with one anywhere else', () => {
    let tried = 0
    for (const bytes of flips(sealed)) {
      const isOfId = Math.floor(tried++ / 9) < 8
      expect(reader.open(7, bytes)).toBe(isOfId ? 'stale' : null)
    }
  })

  it('are null when they are cut anywhere, or something is behind them', () => {
    for (const bytes of cuts(sealed)) expect(reader.open(7, bytes)).toBeNull()
  })

  it('are never an entry when they are junk', () => {
    for (const bytes of junk(sealed, 3000)) expect([null, 'stale']).toContain(reader.open(7, bytes))
    expect(reader.open(7, Buffer.alloc(10_000_000))).toBe('stale')
  })

  it('by somebody who has the key are null when they are no entry, or one of another seq', () => {
    const texts = [
      ...['', 'null', '7', '[]', '{}', '{', '['.repeat(100_000)],
      JSON.stringify({ kind: 'mark', mark: { type: 'turn' }, seq: 8, at }),
      JSON.stringify({ kind: 'mark', mark: { type: 'turn' }, seq: '7', at }),
      JSON.stringify({ kind: 'output', data: 'x'.repeat(8193), seq: 7, at }),
    ]
    for (const text of texts) expect(reader.open(7, sealPlainly(text))).toBeNull()
  })
})

describe('the format', () => {
  it('is the id of the key, then nonce, AES-256-GCM with session, epoch and seq as associated data, and tag', () => {
    const bytes = Buffer.from(sealed)
    expect(bytes.toString('hex', 0, 8)).toBe(key.id)
    const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(8, 20))
    decipher.setAAD(Buffer.from(ASSOCIATED))
    decipher.setAuthTag(bytes.subarray(-16))
    const text = Buffer.concat([decipher.update(bytes.subarray(20, -16)), decipher.final()]).toString()
    expect(text).toBe('{"kind":"output","data":"make: ✓\\r\\n","seq":7,"at":1700000000000}')
  })

  it('opens what was sealed by other means', () => {
    const text = JSON.stringify({ kind: 'output', data: '/wA=', encoding: 'base64', seq: 7, at })
    expect(reader.open(7, sealPlainly(text))).toEqual(
      entryToWire({ kind: 'output', data: Buffer.of(255, 0), seq: 7, at }),
    )
  })
})

const ASSOCIATED = 'teleclaude entry 1\0aaaabbbbcccc\0eeeeffff\x007'

function sealPlainly(text: string): Buffer {
  const nonce = Buffer.alloc(12, 5)
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce)
  cipher.setAAD(Buffer.from(ASSOCIATED))
  const id = Buffer.from(key.id, 'hex')
  return Buffer.concat([id, nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
}
