import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import {
  type Correspondent,
  createEnvelopes,
  type EnvelopeDraft,
  type EnvelopeHeader,
  readHeader,
} from '../../../core/mesh/envelope.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import { type MeshSecret, meshSecret } from '../../../core/mesh/mesh-secret.ts'
import { cuts, flips, junk } from './hostile-bytes.ts'

const secret = meshSecret('the secret of the mesh, 32 characters')
const otherSecret = meshSecret('the secret of another mesh, as long')
const macbook = computer('macbook', 1)
const workstation = computer('workstation', 2)
const intruder = computer('intruder', 3)

const draft: EnvelopeDraft = {
  v: 1,
  kind: 'request',
  id: 'k3f-abc_9',
  body: { operation: 'session.input', input: { text: 'ls ✓\n' } },
  at: 1_700_000_000_000,
  notAfter: 1_700_000_060_000,
}
const sealed = macbook.envelopes.seal(workstation.as(), draft)

describe('an envelope', () => {
  it('opens at the computer that it is for', () => {
    expect(readHeader(sealed)).toEqual({
      v: 1,
      kind: 'request',
      from: 'macbook',
      to: 'workstation',
      id: 'k3f-abc_9',
      at: draft.at,
      notAfter: draft.notAfter,
      boot: 'boot-macbook',
      secret: secret.id,
    })
    expect(openAt(workstation, sealed, macbook.as())).toEqual(draft.body)
  })

  it('opens again and again, at a daemon that was started anew, and after the sender was', () => {
    const restarted = computer('workstation', 2, 'another-boot')
    for (const reader of [workstation, workstation, restarted])
      expect(openAt(reader, sealed, macbook.as())).toEqual(draft.body)
    const later = computer('macbook', 1, 'another-boot').envelopes.seal(workstation.as(), draft)
    expect(readHeader(later)?.boot).toBe('another-boot')
    expect(openAt(workstation, later, macbook.as())).toEqual(draft.body)
  })

  it.each([
    '',
    'x'.repeat(1_000_000),
    [],
    { deep: [[[{}]]] },
    JSON.parse('{"__proto__":{"polluted":true}}'),
    'a\0b\ud83d\ude00',
    0,
    false,
  ])('carries any JSON: %#', body => {
    const bytes = macbook.envelopes.seal(workstation.as(), { ...draft, body })
    expect(openAt(workstation, bytes, macbook.as())).toEqual(body)
  })

  it('shows nothing of its body, and looks different each time', () => {
    expect(Buffer.from(sealed).includes('session.input')).toBe(false)
    const again = macbook.envelopes.seal(workstation.as(), draft)
    expect(tail(again)).not.toEqual(tail(sealed))
  })

  it('opens from memory that begins in the middle of a buffer', () => {
    const shifted = Buffer.concat([Buffer.from('xyz'), sealed]).subarray(3)
    expect(openAt(workstation, shifted, macbook.as())).toEqual(draft.body)
  })

  it('opens after more computers wrote than keys are kept of', () => {
    for (let count = 0; count < 300; count++) {
      const peer = computer(`peer-${count}`, 4, `boot-${count}`)
      const bytes = peer.envelopes.seal(workstation.as(), draft)
      expect(openAt(workstation, bytes, peer.as())).toEqual(draft.body)
    }
    expect(openAt(workstation, sealed, macbook.as())).toEqual(draft.body)
  })
})

describe('an envelope does not open', () => {
  it.each([
    ['at its own sender', macbook, workstation.as()],
    ['at its own sender, as its own', macbook, macbook.as()],
    ['at another computer that knows the secret', intruder, macbook.as()],
    ['at one that has taken the name of the receiver', computer('workstation', 3), macbook.as()],
    ['at one that has the key of the receiver and another name', computer('laptop', 2), macbook.as()],
    ['as one of another computer', workstation, intruder.as()],
    ['as one of a computer of another key', workstation, { ...macbook.as(), publicKey: intruder.publicKey }],
    ['as one of another name', workstation, { ...macbook.as(), name: 'intruder' }],
    ['under another secret', workstation, macbook.as(otherSecret)],
    ['under another secret of the same id', workstation, macbook.as({ ...otherSecret, id: secret.id })],
    ['with the zero key', workstation, { ...macbook.as(), publicKey: Buffer.alloc(32) }],
    [
      'with a key of low order',
      workstation,
      { ...macbook.as(), publicKey: Buffer.concat([Buffer.of(1), Buffer.alloc(31)]) },
    ],
    ['with a key that is too short', workstation, { ...macbook.as(), publicKey: Buffer.alloc(5) }],
  ])('%s', (_, reader, from) => {
    expect(openAt(reader, sealed, from)).toBeNull()
  })

  it('as one of another run of the daemon', () => {
    expect(openAt(workstation, withHeader(sealed, { boot: 'another-boot' }), macbook.as())).toBeNull()
  })

  it.each<Partial<EnvelopeHeader>>([
    { v: 2 },
    { kind: 'response' },
    { from: 'intruder' },
    { to: 'intruder' },
    { id: 'k3f-abc_8' },
    { at: draft.at + 1 },
    { notAfter: draft.notAfter + 86_400_000 },
    { boot: 'boot-macbooc' },
    { secret: otherSecret.id },
  ])('with a changed header: %o', change => {
    const changed = withHeader(sealed, change)
    const header = readHeader(changed)
    expect(header).toMatchObject(change)
    const reader = change.to === 'intruder' ? intruder : workstation
    const from = macbook.as(change.secret ? otherSecret : secret)
    expect(openAt(reader, changed, { ...from, name: header?.from ?? '' })).toBeNull()
  })

  it('when it is opened with another header than its own', () => {
    const header = readHeader(sealed)
    if (!header) expect.unreachable()
    const changed = { ...header, notAfter: header.notAfter + 1 }
    expect(workstation.envelopes.open(sealed, changed, macbook.as())).toBeNull()
  })

  it('when its box comes from another envelope', () => {
    const other = macbook.envelopes.seal(workstation.as(), { ...draft, id: 'other' })
    const mixed = Buffer.concat([head(sealed), tail(other)])
    expect(openAt(workstation, mixed, macbook.as())).toBeNull()
  })

  it('when whoever knows the secret, and both public keys, has forged it', () => {
    const publicKeys = [macbook.publicKey, workstation.publicKey, Buffer.alloc(32)]
    const guesses = [
      ...publicKeys,
      ...publicKeys.slice(0, 2).map(key => intruder.identity.sharedWith(key)),
      Buffer.from(secret.value),
    ]
    for (const guess of guesses) {
      const front = head(sealed)
      const forged = sealPlainly(front, keyOf(guess, 'macbook', 'workstation', 'boot-macbook'), '{}')
      expect(readHeader(forged)).not.toBeNull()
      expect(openAt(workstation, forged, macbook.as())).toBeNull()
    }
  })
})

describe('hostile bytes', () => {
  it.each([
    ['a flipped bit, in any byte', flips],
    ['a cut at any place, or something behind', cuts],
    ['junk', (bytes: Uint8Array) => junk(bytes, 3000)],
  ])('are never opened, and nothing is thrown: %s', (_, variants) => {
    let count = 0
    for (const bytes of variants(sealed)) {
      count += 1
      expect(openAt(workstation, bytes, macbook.as())).toBeNull()
      // Also where somebody goes on with the header that was there before.
      const header = readHeader(sealed)
      if (header) expect(workstation.envelopes.open(bytes, header, macbook.as())).toBeNull()
    }
    expect(count).toBeGreaterThan(200)
  })

  it('that are sealed rightly but hold no JSON are not opened', () => {
    const shared = macbook.identity.sharedWith(workstation.publicKey)
    const key = keyOf(shared, 'macbook', 'workstation', 'boot-macbook')
    for (const text of ['', '{', 'undefined', '\0', '[1,]', '['.repeat(200_000), 'NaN', '{"a":1}x'])
      expect(openAt(workstation, sealPlainly(head(sealed), key, text), macbook.as())).toBeNull()
  })

  const good = JSON.parse(head(sealed).subarray(3).toString())
  it.each([
    ['a field that is not known', { ...good, extra: 1 }],
    ['a field less', { ...good, boot: undefined }],
    ['no object', [good]],
    ['null', null],
    ['a name in upper case', { ...good, from: 'Macbook' }],
    ['an empty name', { ...good, from: '' }],
    ['a long name', { ...good, to: 'a'.repeat(33) }],
    ['a name with a path', { ...good, to: '../workstation' }],
    ['a name with a line end', { ...good, to: 'workstation\n' }],
    ['a name with a NUL', { ...good, to: 'work\0station' }],
    ['a name that is no text', { ...good, from: ['macbook'] }],
    ['another kind', { ...good, kind: 'constructor' }],
    ['an id that is too long', { ...good, id: 'a'.repeat(65) }],
    ['an id with spaces', { ...good, id: 'a b' }],
    ['a time that is text', { ...good, at: '1700000000000' }],
    ['a time that is a fraction', { ...good, at: 1.5 }],
    ['a time beyond all integers', { ...good, at: 2 ** 60 }],
    ['a time before all times', { ...good, notAfter: -1 }],
    ['no version', { ...good, v: null }],
    ['a boot of another form', { ...good, boot: 'é' }],
    ['other order of fields', Object.fromEntries(Object.entries(good).reverse())],
    ['more than the bound', { ...good, pad: 'x'.repeat(1024) }],
  ])('are no envelope with a header that has %s', (_, header) => {
    expect(readHeader(enveloped(JSON.stringify(header)))).toBeNull()
  })

  it.each([
    ['is no JSON', 'hello'],
    ['is empty', ''],
    ['has spaces', JSON.stringify(good, null, 1)],
    ['has a field twice', JSON.stringify(good).replace('"v":1', '"v":1,"v":1')],
    ['has a prototype', JSON.stringify(good).replace('{', '{"__proto__":{"to":"x"},')],
    ['has a prototype for a field', JSON.stringify(good).replace('"v"', '"__proto__"')],
    ['spells a number otherwise', JSON.stringify(good).replace('"v":1', '"v":1.0')],
    ['spells a letter otherwise', JSON.stringify(good).replace('"macbook"', '"\\u006dacbook"')],
    ['is deep', `${'['.repeat(500)}${']'.repeat(500)}`],
  ])('are no envelope with a header that %s', (_, header) => {
    expect(readHeader(enveloped(JSON.stringify(good)))).toEqual(good)
    expect(readHeader(enveloped(header))).toBeNull()
  })

  it('are no envelope with a header of more than 1 KiB, or longer than the bytes', () => {
    const long = JSON.stringify(good) + ' '.repeat(2000)
    expect(readHeader(enveloped(long))).toBeNull()
    const bytes = Buffer.from(sealed)
    bytes.writeUInt16BE(65_535, 1)
    expect(readHeader(bytes)).toBeNull()
  })
})

describe('the format', () => {
  const front = head(sealed)
  const key = keyOf(
    workstation.identity.sharedWith(macbook.publicKey),
    'macbook',
    'workstation',
    'boot-macbook',
  )

  it('is version, length and header, then nonce, AES-256-GCM with all of that as associated data, and tag', () => {
    expect(front[0]).toBe(1)
    expect(front.subarray(3).toString()).toBe(
      `{"v":1,"kind":"request","from":"macbook","to":"workstation","id":"k3f-abc_9","at":1700000000000,"notAfter":1700000060000,"boot":"boot-macbook","secret":"${secret.id}"}`,
    )
    const box = tail(sealed)
    const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12))
    decipher.setAAD(front)
    decipher.setAuthTag(box.subarray(-16))
    const text = decipher.update(box.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
    expect(text).toBe(JSON.stringify(draft.body))
  })

  it('opens what was sealed by other means', () => {
    const bytes = sealPlainly(front, key, '{"hello":"there"}')
    expect(openAt(workstation, bytes, macbook.as())).toEqual({ hello: 'there' })
  })
})

describe('sealing', () => {
  it('for a key that cannot be used is refused with an error', () => {
    const to = { ...workstation.as(), publicKey: Buffer.alloc(32) }
    expect(() => macbook.envelopes.seal(to, draft)).toThrow(
      expect.toSatisfy((error: unknown) => isTeleclaudeError(error, 'TC_ERR_PROTOCOL')),
    )
  })

  it('under the new secret of a mesh uses another key at once', () => {
    const bytes = macbook.envelopes.seal(workstation.as(otherSecret), draft)
    expect(readHeader(bytes)?.secret).toBe(otherSecret.id)
    expect(openAt(workstation, bytes, macbook.as(otherSecret))).toEqual(draft.body)
    expect(openAt(workstation, bytes, macbook.as(secret))).toBeNull()
  })
})

function computer(name: string, seed: number, boot = `boot-${name}`) {
  const identity = createMeshIdentity(Buffer.alloc(32, seed))
  const { publicKey } = identity
  return {
    identity,
    publicKey,
    envelopes: createEnvelopes({ name, boot, identity }),
    as: (known: MeshSecret = secret): Correspondent => ({ name, publicKey, secret: known }),
  }
}

function openAt(reader: ReturnType<typeof computer>, bytes: Uint8Array, from: Correspondent): unknown {
  const header = readHeader(bytes)
  return header && reader.envelopes.open(bytes, header, from)
}

/** Format, length and header. */
function head(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes)
  return buffer.subarray(0, 3 + buffer.readUInt16BE(1))
}

/** The box. */
function tail(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes).subarray(head(bytes).length)
}

function fronted(header: string): Buffer {
  const front = Buffer.from(`\x01\0\0${header}`)
  front.writeUInt16BE(front.length - 3, 1)
  return front
}

/** A header in front of what could be a box. */
function enveloped(header: string): Buffer {
  return Buffer.concat([fronted(header), Buffer.alloc(60)])
}

function withHeader(bytes: Uint8Array, change: Partial<EnvelopeHeader>): Buffer {
  const header = { ...JSON.parse(head(bytes).subarray(3).toString()), ...change }
  return Buffer.concat([fronted(JSON.stringify(header)), tail(bytes)])
}

function keyOf(shared: Uint8Array, from: string, to: string, boot: string): Buffer {
  const info = `teleclaude envelope 1\0${from}\0${to}\0${boot}`
  return Buffer.from(hkdfSync('sha256', shared, secret.value, info, 32))
}

function sealPlainly(front: Buffer, key: Buffer, text: string): Buffer {
  const nonce = Buffer.alloc(12, 5)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(front)
  const sealedText = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([front, nonce, sealedText, cipher.getAuthTag()])
}
