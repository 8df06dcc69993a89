import { describe, expect, it } from 'vitest'
import { type EnvelopeHeader, readHeader } from '../../../core/mesh/envelope.ts'
import { cuts, flips, junk } from './hostile-bytes.ts'
import {
  computer,
  draft,
  enveloped,
  head,
  intruder,
  keyOf,
  macbook,
  openAt,
  otherSecret,
  sealed,
  sealPlainly,
  secret,
  tail,
  withHeader,
  workstation,
} from './sealed-envelopes.ts'

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
