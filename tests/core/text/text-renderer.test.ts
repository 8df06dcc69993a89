import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../core/journal/entry.ts'
import { TextRenderer } from '../../../core/text/text-renderer.ts'
import { toText } from '../../../core/text/to-text.ts'

const output = (data: string | Uint8Array): Entry => ({
  kind: 'output',
  data: Buffer.from(data),
  seq: 1,
  at: 0,
})
const render = (...pieces: string[]) => new TextRenderer().render(pieces.map(output))

/** Renders each piece by itself, as successive reads do. */
function renderApart(...pieces: string[]): string {
  const renderer = new TextRenderer()
  return pieces.map(piece => renderer.render([output(piece)])).join('')
}

describe('what a terminal printed becomes the text a person would copy', () => {
  test.each([
    ['plain lines with terminal line ends', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['colours', '\x1b[1;31mred\x1b[0m plain', 'red plain'],
    ['window titles', '\x1b]0;a title\x07text', 'text'],
    ['hyperlinks keep their text', '\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\', 'link'],
    ['a progress bar ends as it last looked', '10%\r50%\r100%\r\n', '100%\n'],
    ['a shorter text leaves the rest of the longer one', 'hello\rHE\r\n', 'HEllo\n'],
    ['erase to the end of the line', 'downloading\r\x1b[Kdone\r\n', 'done\n'],
    ['erase the whole line', 'half a line\x1b[2K\rnew\r\n', 'new\n'],
    ['backspace and overwrite', 'abd\bc\r\n', 'abc\n'],
    ['cursor left and right', 'ac\x1b[1Dbc\x1b[2C!\r\n', 'abc  !\n'],
    ['cursor to a column', 'abc\x1b[1GX\r\n', 'Xbc\n'],
    ['delete and insert characters', 'abXc\x1b[2D\x1b[P\r\n', 'abc\n'],
    ['clearing the screen leaves the text before it', 'a\r\n\x1b[H\x1b[2J\x1b[3Jb\r\n', 'a\nb\n'],
    ['jumping elsewhere on the screen ends the line', 'a\x1b[5;5Hb', 'a\nb'],
    ['bells and other controls', 'a\x07\x00b\x0ec', 'abc'],
    ['8-bit controls', 'a\u009bb\u0085c', 'abc'],
    ['tabs stay', 'a\tb', 'a\tb'],
    ['an unfinished escape sequence does not swallow the text', '\x1b]0;never ended', ''],
    ['emoji and combining marks', '👩‍👩‍👧 é\r\n', '👩‍👩‍👧 é\n'],
    ['carriage returns before a line end', 'a\r\r\nb\r\n', 'a\nb\n'],
  ])('%s', (_, printed, text) => expect(render(printed)).toBe(text))

  test('invalid bytes are shown as replacement characters', () => {
    expect(new TextRenderer().render([output(Buffer.from([0x61, 0xff, 0x62]))])).toBe('a\ufffdb')
  })

  test('what is drawn on the alternate screen is left out', () => {
    const drawn: Entry = {
      kind: 'output',
      data: Buffer.from('~\r\n~\r\n'),
      layer: 'alternate',
      seq: 2,
      at: 0,
    }
    expect(new TextRenderer().render([output('before\r\n'), drawn, output('after\r\n')])).toBe(
      'before\nafter\n',
    )
  })
})

describe('successive results concatenate', () => {
  test('wherever the pieces of ordinary output are cut, at line ends or not', () => {
    const printed = 'one\r\n\x1b[32mtwo\x1b[0m\r\nthree and more\r\n$ '
    const pieces = printed.match(/\x1b\[\d+m|[\s\S]/g) ?? []
    expect(renderApart(...pieces)).toBe(render(printed))
  })

  test('a line end cut between its two characters', () => {
    expect(renderApart('a\r', '\nb')).toBe('a\nb')
  })

  test('a line that was handed out unfinished and is written over goes on with a carriage return', () => {
    const apart = renderApart('10%', '\r20%', '\r30%\r\n')
    expect(apart).toBe('10%\r20%\r30%\n')
    expect(render(apart)).toBe(render('10%\r20%\r30%\r\n'))
  })

  test('whole lines alone, put together, are the text of all at once', () => {
    const pieces = ['one\r\n10%', '\r20%', '\r100%\r\nab', '\x1b[1Dc\r\n👍', '!']
    const renderer = new TextRenderer()
    const lines = pieces.map(piece => renderer.renderLines([output(piece)]))
    expect(lines).toEqual(['one\n', '', '100%\n', 'ac\n', ''])
    expect(renderer.render([])).toBe('👍!')
  })

  test('rewriting a very long line many times takes time in proportion to what is written', () => {
    const line = 'x'.repeat(1_000_000)
    expect(render(line, ...Array.from({ length: 20_000 }, () => '\ry')).length).toBeGreaterThan(1_000_000 - 1)
  })

  test('a line that is pushed to the right again and again does not grow for ever', () => {
    expect(render('x', ...Array.from({ length: 2000 }, () => '\r\x1b[999@')).length).toBeLessThan(20_000)
  })
})

test('notices and gaps stand on lines of their own', () => {
  const notice: Entry = { kind: 'notice', text: 'hello', format: 'text', author: 'ada', seq: 2, at: 0 }
  const gap: Entry = { kind: 'gap', bytes: 7, reason: 'too old', seq: 3, at: 0 }
  expect(toText([output('half'), notice, output('rest\r\n'), gap])).toBe(
    'half\n[ada] hello\nrest\n[7 bytes are missing: too old]\n',
  )
})

test('a progress bar that came in many entries is shown as it ended', () => {
  expect(toText(['10%', '\r20%', '\r30%\r\n'].map(output))).toBe('30%\n')
})

test('a column far to the right of a wide terminal is where the text stands', () => {
  expect(render('a\x1b[900Gb\r\n')).toBe(`a${' '.repeat(898)}b\n`)
})

test.each(['\x1b[999Gx\n', '\x1b[999Cx\n', '\x1b[999@\n', '\x1b[999G\x1b[1K\n'])(
  'no sequence makes much text of little: %j',
  hostile => {
    const printed = hostile.repeat(100_000)
    expect(render(printed).length).toBeLessThan(17 * printed.length + 65_536)
  },
)
