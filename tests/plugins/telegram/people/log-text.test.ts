import { expect, test } from 'vitest'
import { type EntryDraft, TextRenderer } from '../../../../core/index.ts'
import { LogText } from '../../../../plugins/telegram/people/log-text.ts'
import { createMask } from '../../../../plugins/telegram/text/index.ts'

const output = (text: string): EntryDraft => ({ kind: 'output', data: Buffer.from(text) })
const gap = (bytes: number, reason: string): EntryDraft => ({ kind: 'gap', bytes, reason })
const mark: EntryDraft = { kind: 'mark', mark: { type: 'start' } }

/** The text of entries that come one by one, masked or not. */
function logOf(drafts: readonly EntryDraft[], isMasked = true): string {
  const text = new LogText(createMask(isMasked))
  const entries = drafts.map((draft, index) => ({ ...draft, seq: index + 1, at: 0 }))
  return entries.map(entry => text.take([entry])).join('') + text.end()
}

test('what is missing stands where it was, on a line of its own, with what is known of it', () => {
  const log = logOf([
    gap(3_000_000, 'retention'),
    output('first\r\nhalf a li'),
    gap(200, 'the host was full'),
    output('ne\r\n'),
    gap(0, 'retention'),
    output('last\r\n$ '),
  ])
  expect(log).toBe(
    '[… 3 MB are kept no more …]\nfirst\nhalf a li\n[… 200 B are not here …]\nne\n[… something is kept no more …]\nlast\n$ ',
  )
})

test('a line that is written over again and again stands there once, as it ended', () => {
  expect(logOf([output('10%'), output('\r50%'), mark, output('\r100%\r\n'), output('$ ')])).toBe('100%\n$ ')
})

test('it is what reading all of it at once gives, tabs and all', () => {
  const drafts = [
    output('a\tb\r\n'),
    output('\x1b[31mred\x1b[0m '),
    output('x'.repeat(40_000)),
    output('日本\r\n'),
  ]
  const entries = drafts.map((draft, index) => ({ ...draft, seq: index + 1, at: 0 }))
  expect(logOf(drafts, false)).toBe(new TextRenderer().render(entries))
})

test('a secret that comes in several entries, and a key on many lines, are masked', () => {
  const key = Array.from({ length: 30 }, () => output(`${'a1B2c3D4'.repeat(8)}\r\n`))
  const [begin, end] = ['BEGIN', 'END'].map(side => output(`-----${side} ${'PRIVATE'} KEY-----\r\n`))
  if (!begin || !end) throw new Error('both were made')
  expect(
    logOf([
      output('export DB_PASS'),
      output('WORD=hun'),
      output('ter2\r\n'),
      begin,
      ...key,
      end,
      output('ok'),
    ]),
  ).toBe('export DB_PASSWORD=«masked»\n«masked»\nok')
})

test('what turns the direction of text, and what is not seen, is not in it', () => {
  expect(logOf([output('a\u202etxt.exe\u200b\r\n')])).toBe('atxt.exe\n')
})
