import { expect, test } from 'vitest'
import type { Entry, EntryDraft } from '../../../core/index.ts'
import { RecentOutput } from '../../../plugins/telegram/topics/recent-output.ts'

/** What is kept after these entries, which count from 1. */
function recent(...drafts: EntryDraft[]) {
  const output = new RecentOutput()
  const entries: Entry[] = drafts.map((draft, index) => ({ ...draft, seq: index + 1, at: 0 }))
  output.add(entries)
  return { output, entries }
}
const printed = (text: string, layer?: 'alternate') =>
  ({ kind: 'output', data: Buffer.from(text), ...(layer && { layer }) }) as const
const mark = (type: 'start' | 'turn' | 'prompt') =>
  ({ kind: 'mark', mark: type === 'prompt' ? { type, cwd: null } : { type } }) as const
const end = { kind: 'mark', mark: { type: 'end', exitCode: 0, durationMs: 1, cwd: null } } as const

test('what a command printed is lines, from its start', () => {
  const { output } = recent(printed('$ make'), mark('start'), printed('one\r\n'), printed('two\r\n'))
  expect(output.text).toBe('one\ntwo\n')
  expect(output.isOfLines).toBe(true)
})

test('of several lines that were pasted nothing is lost at the next start', () => {
  expect(recent(mark('start'), printed('one\r\n'), mark('start'), printed('two\r\n')).output.text).toBe(
    'one\ntwo\n',
  )
})

test('nothing is kept of what has ended', () => {
  for (const over of [end, mark('turn'), mark('prompt')]) {
    const { output } = recent(mark('start'), printed('one'), over)
    expect([output.isEmpty, output.isOfLines]).toEqual([true, false])
  }
})

test.each([
  ['sets the cursor', '\x1b[2;3Hx'],
  ['moves it up', '\x1b[2Ax'],
  ['wipes the screen', '\x1b[2Jx'],
])('what %s is a picture, until it has ended', (_, text) => {
  const { output } = recent(mark('start'), printed(text), printed('y'))
  expect(output.isOfLines).toBe(false)
  expect(recent(mark('start'), printed(text), end, mark('start'), printed('y')).output.isOfLines).toBe(true)
})

test('colours, erased lines and moves within a line are lines all the same', () => {
  expect(recent(mark('start'), printed('\x1b[31mred\x1b[0m\r\x1b[K50%\x1b[3D')).output.isOfLines).toBe(true)
})

test('what is drawn on the alternate screen is a picture, what comes after it lines', () => {
  const drawn = [mark('start'), printed('before'), printed('~', 'alternate')] as const
  expect(recent(...drawn).output.isOfLines).toBe(false)
  expect(recent(...drawn, printed('after')).output.isOfLines).toBe(true)
})

test('without a start, as after a restart of the daemon, it is not known to be whole', () => {
  expect(recent(printed('the rest')).output.isOfLines).toBe(false)
})

test('entries that come again count once', () => {
  const { output, entries } = recent(mark('start'), printed('one'))
  output.add(entries)
  expect(output.text).toBe('one')
})

test('of much the end is kept, and no more than that', () => {
  const { output } = recent(mark('start'), ...Array.from({ length: 5000 }, (_, n) => printed(`${n}\r\n`)))
  expect(output.text.endsWith('4998\n4999\n')).toBe(true)
  expect(output.text.length).toBeLessThan(10_000)
})
