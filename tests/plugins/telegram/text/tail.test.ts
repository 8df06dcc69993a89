import { describe, expect, it } from 'vitest'
import {
  atMostUnits,
  createMask,
  durationText,
  plainOf,
  renderScreen,
  sizeText,
  tailOf,
} from '../../../../plugins/telegram/text/index.ts'
import { FAMILY, nastyText } from './nasty-text.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, line) => `line ${line}`).join('\n')

describe('the tail of a text', () => {
  it('is all of it where it fits', () => {
    expect(tailOf('a\nb\n\n', { maxLines: 2, maxUnits: 3 })).toBe('a\nb')
    expect(tailOf('\n\n', { maxLines: 2, maxUnits: 10 })).toBe('')
  })

  it('is its newest lines, behind a sign that there are more', () => {
    expect(tailOf(numbered(10), { maxLines: 3, maxUnits: 100 })).toBe('…\nline 8\nline 9')
    expect(tailOf(numbered(10), { maxLines: 9, maxUnits: 16 })).toBe('…\nline 8\nline 9')
  })

  it('begins within a line that is too long', () => {
    expect(tailOf('x'.repeat(50), { maxLines: 3, maxUnits: 10 })).toBe(`…${'x'.repeat(8)}`)
    expect(tailOf(`${'x'.repeat(50)}\n$`, { maxLines: 3, maxUnits: 20 })).toBe(`…${'x'.repeat(16)}\n$`)
  })

  it('begins in no character', () => {
    expect(tailOf(FAMILY.repeat(5), { maxLines: 3, maxUnits: 30 })).toBe(`…${FAMILY.repeat(2)}`)
  })

  it('is within its limits, and the end of the text, whatever that was', () => {
    for (let seed = 0; seed < 300; seed++) {
      const text = nastyText(seed, 150).toWellFormed()
      const tail = tailOf(text, { maxLines: 5, maxUnits: 60 })
      expect(tail.length).toBeLessThanOrEqual(60)
      expect(tail.split('\n').length).toBeLessThanOrEqual(5)
      expect(tail.isWellFormed()).toBe(true)
      expect(text.trimEnd().endsWith(tail.replace(/^…\n?/, ''))).toBe(true)
    }
  })
})

describe('a screen', () => {
  const mask = createMask(true)
  const at = (row: number, col: number) => ({ row, col })

  it('is one block, with the cursor where nothing else stands', () => {
    expect(renderScreen({ lines: ['$ ls', '<b>', '$', '', ''], cursor: at(2, 2) }, mask)).toBe(
      '<pre>$ ls\n&lt;b&gt;\n$ ▏</pre>',
    )
    expect(renderScreen({ lines: ['abc'], cursor: at(0, 1) }, mask)).toBe('<pre>abc</pre>')
  })

  it('is never empty', () => {
    expect(renderScreen({ lines: [], cursor: at(0, 0) }, mask)).toBe('<pre>▏</pre>')
    expect(renderScreen({ lines: ['', ''], cursor: at(9, 9) }, mask)).toBe('<pre>▏</pre>')
  })

  it('shows no secret, also none that goes on in the next line', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`
    const line = `export X=${token}`
    const lines = ['x'.repeat(30), line.slice(0, 30), line.slice(30), '', 'password=hunter2']
    expect(plainOf(renderScreen({ lines, cursor: at(3, 0) }, mask))).toBe(
      `${'x'.repeat(30)}\nexport X=«masked»\n▏\npassword=«masked»`,
    )
  })

  it('keeps lines that fill the width apart where nothing in them is masked', () => {
    const lines = ['x'.repeat(30), 'y'.repeat(30), 'z']
    expect(plainOf(renderScreen({ lines, cursor: at(0, 0) }, mask))).toBe(lines.join('\n'))
  })

  it('keeps its lines where a secret is within one', () => {
    const lines = ['x'.repeat(30), `password="hunter2"${'.'.repeat(11)}|`, 'y'.repeat(30)]
    expect(plainOf(renderScreen({ lines, cursor: at(0, 0) }, mask))).toBe(
      [lines[0], 'password="«masked»"...........|', lines[2]].join('\n'),
    )
  })

  it('fits into a message, however large it is', () => {
    const lines = Array.from({ length: 100 }, () => '<'.repeat(300))
    const shown = renderScreen({ lines, cursor: at(99, 299) }, mask)
    expect(plainOf(shown).length).toBeLessThanOrEqual(4096)
    expect(Buffer.byteLength(shown)).toBeLessThan(32_768)
  })
})

it.each([
  [-5, '0 s'],
  [0, '0 s'],
  [400, '0.4 s'],
  [9_940, '9.9 s'],
  [9_950, '10 s'],
  [12_300, '12 s'],
  [59_700, '1 min'],
  [184_000, '3 min 4 s'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

it.each([
  [0, '0 B'],
  [812, '812 B'],
  [999, '999 B'],
  [1000, '1 KB'],
  [1_234_567, '1.2 MB'],
  [999_960, '1 MB'],
  [20_971_520, '21 MB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

describe('the beginning of a text', () => {
  it('is all of it where it fits', () => {
    expect(atMostUnits('x'.repeat(10), 10)).toBe('x'.repeat(10))
  })

  it('ends in no character, within its limit, with a sign that there is more', () => {
    expect(atMostUnits('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`)
    expect(atMostUnits('one two three', 5)).toBe('one…')
    expect(atMostUnits(`12345678😀`, 9)).toBe('12345678…')
    expect(atMostUnits(FAMILY.repeat(5), 30)).toBe(`${FAMILY.repeat(2)}…`)
  })
})
