import { describe, expect, it } from 'vitest'
import { createMask, type Mask, maskInPieces } from '../../../../plugins/telegram/text/index.ts'
import { nastyText, randomOf } from './nasty-text.ts'

const mask = createMask(true)

/** Made up, and put together so that this file itself has none. */
const secret = (length: number) => 'a1B2c3D4e5'.repeat(Math.ceil(length / 10)).slice(0, length)
const begin = '-----BEGIN RSA ' + 'PRIVATE KEY-----'
const end = '-----END RSA ' + 'PRIVATE KEY-----'
const keyLines = (count: number, length = 64) =>
  Array.from({ length: count }, () => secret(length)).join('\n')
const PLAIN = 'nothing to see here\n'

/** What comes out of a text that is given in pieces of such lengths, and how much was masked at once at most. */
function inPieces(text: string, length: () => number, by: Mask = mask): { out: string; most: number } {
  let most = 0
  const pieces = maskInPieces(piece => {
    most = Math.max(most, piece.length)
    return by(piece)
  })
  let out = ''
  for (let at = 0; at < text.length; ) {
    const to = at + length()
    out += pieces.take(text.slice(at, to))
    at = to
  }
  return { out: out + pieces.end(), most }
}

const NASTY_SECRETS = [
  ...['word ', '\n', '\n\n', ' ', '"', "'", '{', '}', '=', ': ', '> ', '| ', ';', '日本語', '👍🏽'],
  ...['password=', 'token: ', '"api_key":"', 'Authorization: Bearer ', 'https://ada:', '@host/'],
  ...[secret(12), secret(40), `ghp_${secret(36)}`, `sk-${secret(48)}`, `${secret(64)}\n`],
  ...[
    `${begin}\n`,
    `${end}\n`,
    `${begin}\n${keyLines(3)}\n${end}\n`,
    `\\n${begin}\\n${secret(64)}\\n${end}\\n`,
  ],
]

describe('a text in pieces', () => {
  it('is masked as it is in one, wherever it is cut', () => {
    for (let seed = 1; seed <= 120; seed++) {
      const text = nastyText(seed, 120, NASTY_SECRETS)
      const random = randomOf(seed)
      const { out } = inPieces(text, () => 1 + Math.floor(random() * 90))
      expect(out).toBe(mask(text))
    }
  })

  it.each([
    ['a private key', `${PLAIN}${begin}\n${keyLines(180)}\n${end}\n${PLAIN}`],
    ['one with something before each line', `${begin}\n${keyLines(50).replace(/^/gm, '  12\t')}\n${end}\n`],
    ['one without a beginning', `[…]\n${keyLines(150)}\n${end}\n${PLAIN}`],
    ['one without a beginning, quoted', `> ${keyLines(20).replaceAll('\n', '\n> ')}\n> ${end}\n${PLAIN}`],
    ['one without an end', `${begin}\n${keyLines(150)}\n\n${PLAIN.repeat(5000)}`],
    ['the same in JSON', `{"key":"${begin}\\n${keyLines(150).replaceAll('\n', '\\n')}\\n${end}\\n"}\n`],
  ])('%s is masked, and what is around it is not', (_, text) => {
    for (const length of [50, 1000, 32_768]) {
      const { out } = inPieces(text, () => length)
      expect(out).toBe(mask(text))
      expect(out).not.toContain(secret(20))
    }
  })

  it('a beginning without a key holds up little', () => {
    const { out, most } = inPieces(`${begin}\n${PLAIN.repeat(20_000)}`, () => 32_768)
    expect(out).toBe(`«masked»\n${PLAIN.repeat(20_000)}`)
    expect(most).toBeLessThan(131_072)
  })
})

describe('a line of megabytes', () => {
  const LENGTH = 500_000
  const fill = (unit: string) => unit.repeat(Math.ceil(LENGTH / unit.length))

  it.each([
    ['words', fill(`some words and password=hunter2 and ghp_${secret(36)} `)],
    ['JSON', fill(`{"user":"ada","password":"correct horse battery","id":12345},`)],
    ['no blank and no quote', fill(`0123456789,${'abcdefghi/'.repeat(5)},AKIA${'A1B2'.repeat(4)},`)],
    ['emoji', fill('👩‍👩‍👧')],
  ])('is masked as it is in one, and held by little: %s', (_, line) => {
    const { out, most } = inPieces(line, () => 32_768)
    expect(out).toBe(mask(line))
    expect(most).toBeLessThan(131_072)
  })

  it.each([
    ['a token', `token=${secret(LENGTH)} behind`, /^token=(?:«masked»)+ behind$/],
    ['a known token', `x ghp_${secret(LENGTH)}" behind`, /^x (?:«masked»)+" behind$/],
    ['a key', `${begin}\n${keyLines(900, 500)}\n: behind\n`, /^(?:«masked»)+\n: behind\n$/],
    ['a key on one line', `${begin}${secret(LENGTH)}" behind`, /^(?:«masked»)+" behind$/],
  ])('that is one secret shows nothing of it: %s', (_, text, shown) => {
    const { out, most } = inPieces(text, () => 32_768)
    expect(out.slice(0, 1000)).toMatch(shown)
    expect(most).toBeLessThan(131_072)
  })

  it('of secrets without anything between them shows none', () => {
    const line = fill(`password=${secret(15)};`)
    const { out } = inPieces(line, () => 32_768)
    expect(out).not.toContain(secret(6))
  })
})

it('without a mask a text is what it was', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const text = `${nastyText(seed, 200)}${'long '.repeat(40_000)}`
    expect(inPieces(text, () => 7001, createMask(false)).out).toBe(text)
  }
})
