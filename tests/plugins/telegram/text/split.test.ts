import { describe, expect, it } from 'vitest'
import { escapeHtml, plainOf, renderPre, splitHtml } from '../../../../plugins/telegram/text/index.ts'
import { parseHtml } from '../../../support/telegram/html.ts'
import { FAMILY, FLAG, nastyText, WHOLE_CHARACTERS } from './nasty-text.ts'

const seeds = Array.from({ length: 150 }, (_, seed) => seed)
const words = (count: number, word = 'word ') => word.repeat(count).trim()
const withoutBlanks = (text: string) => text.replace(/[\s\p{Default_Ignorable_Code_Point}]+/gu, '')
const textsOf = (html: string, maxUnits?: number) =>
  splitHtml(html, maxUnits).map(part => parseHtml(part).text)

describe('what fits', () => {
  it('is one message, as it is', () => {
    expect(splitHtml('<b>a</b> b')).toEqual(['<b>a</b> b'])
    expect(splitHtml(escapeHtml('&'.repeat(4096)))).toHaveLength(1)
  })

  it('has no message where nothing can be seen in it', () => {
    for (const blank of ['', '\n'.repeat(5000), '   ', '\u200b\u200d', '<b> </b>', '\u2800', '\0\x1b[0m'])
      expect(splitHtml(blank)).toEqual([])
  })
})

describe('a cut', () => {
  it('is between paragraphs where they are long enough', () => {
    expect(textsOf('aaaa aaaa\n\nbb\ncc dd ee', 16)).toEqual(['aaaa aaaa', 'bb\ncc dd ee'])
  })

  it('is between lines else', () => {
    expect(textsOf('aaaa\naaaa\nbb cc dd ee', 16)).toEqual(['aaaa\naaaa', 'bb cc dd ee'])
  })

  it('is between words else', () => {
    expect(textsOf('aaaa bbbb cccc dddd', 10)).toEqual(['aaaa bbbb', 'cccc dddd'])
  })

  it('keeps the indentation of the line behind it', () => {
    expect(textsOf(renderPre('if a:\n    b()\n    c()'), 14)).toEqual(['if a:\n    b()', '    c()'])
  })

  it('is in no character that people see as one', () => {
    expect(textsOf(FAMILY.repeat(4), 25)).toEqual([FAMILY + FAMILY, FAMILY + FAMILY])
    expect(textsOf(FLAG.repeat(5), 10)).toEqual([FLAG.repeat(2), FLAG.repeat(2), FLAG])
    expect(textsOf('e\u0301'.repeat(6), 5)).toEqual(Array(3).fill('e\u0301'.repeat(2)))
  })

  it('is between code points of one that is too long for a message', () => {
    const monster = `a${'\u0301'.repeat(5000)}`
    const parts = textsOf(`${monster}b`)
    expect(parts.every(part => part.isWellFormed() && part.length <= 4096)).toBe(true)
    expect(parts.join('')).toBe(`${monster}b`)
  })

  it('closes the tags that are open, and opens them again', () => {
    expect(splitHtml('<b>aaaa <i>bbbb cccc</i></b> dd', 10)).toEqual([
      '<b>aaaa <i>bbbb</i></b>',
      '<b><i>cccc</i></b> dd',
    ])
    expect(splitHtml(renderPre('aaaa\nbbbb', 'ts'), 6)).toEqual([
      '<pre><code class="language-ts">aaaa</code></pre>',
      '<pre><code class="language-ts">bbbb</code></pre>',
    ])
  })

  it('drops white space only', () => {
    expect(textsOf(`a${' '.repeat(50)}b${'\n'.repeat(50)}c`, 10)).toEqual(['a', 'b', 'c'])
  })
})

describe('parts', () => {
  it('are read by Telegram, fit, and lose nothing, whatever the text was', () => {
    for (const seed of seeds) {
      const html = nastyText(seed, 400)
      const parts = splitHtml(html, 300)
      const texts = parts.map(part => parseHtml(part).text)
      for (const text of texts) {
        expect(text.length).toBeLessThanOrEqual(300)
        expect(text.isWellFormed()).toBe(true)
        expect(withoutBlanks(text)).not.toBe('')
      }
      expect(withoutBlanks(texts.join(''))).toBe(withoutBlanks(plainOf(html)))
    }
  })

  it('have every character as it was', () => {
    const segmenter = new Intl.Segmenter()
    const charactersOf = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment)
    for (const seed of seeds) {
      const text = plainOf(escapeHtml(nastyText(seed, 300, WHOLE_CHARACTERS)))
      const parts = textsOf(escapeHtml(text), 120)
      const seen = parts.flatMap(charactersOf).filter(character => character.trim())
      const before = charactersOf(text).filter(character => withoutBlanks(character))
      expect(seen.filter(character => withoutBlanks(character))).toEqual(before)
    }
  })

  it('keep their text where their links are more than Telegram reads', () => {
    const link = `<a href="https://x.y/${'a'.repeat(2000)}">a</a> `
    const parts = splitHtml(link.repeat(100))
    expect(parts).toEqual([words(100, 'a ')])
  })

  it('are at most of the bytes that Telegram reads', () => {
    for (const character of ['"', '日', '😀', '&']) {
      for (const part of splitHtml(escapeHtml(character.repeat(9000))))
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(32_768)
    }
  })
})

const MEGABYTE = 2 ** 20
it.each(
  ['a', ' ', '\n', ' \n', '<', FAMILY, FLAG, '\u0301', 'א', '<b>a</b>', '\t', 'a '].map(piece => [piece]),
)('a megabyte of %j becomes messages', piece => {
  const parts = splitHtml(piece.repeat(Math.ceil(MEGABYTE / piece.length)))
  expect(parts.every(part => plainOf(part).length <= 4096)).toBe(true)
})
