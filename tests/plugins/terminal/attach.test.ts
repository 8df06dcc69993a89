import { expect, test } from 'vitest'
import { DetachKey } from '../../../plugins/terminal/attach/detach-key.ts'
import { withoutQueries } from '../../../plugins/terminal/attach/queries.ts'

test.each([
  ['ctrl-]', 0x1d],
  ['ctrl-q', 0x11],
  ['Ctrl-\\', 0x1c],
])('%s detaches, after the keys before it', (name, byte) => {
  const key = new DetachKey(name)
  expect(key.take(Buffer.from([0x61, byte, 0x62]))).toEqual({ keys: Buffer.from('a'), detach: true })
  expect(key.take(Buffer.from('abc'))).toEqual({ keys: Buffer.from('abc'), detach: false })
})

test('only a control key can detach', () => {
  expect(() => new DetachKey('q')).toThrow(expect.objectContaining({ code: 'TC_ERR_UNKNOWN_KEY' }))
})

test('output of the past asks the terminal nothing', () => {
  const asked = '\x1b[c\x1b[>c\x1b[6n\x1b[?2026$p\x1b]11;?\x07\x1bP+q544e\x1b\\\x1b[18t\x05'
  const kept = 'text é\xff\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b[2J'
  expect(Buffer.from(withoutQueries(Buffer.from(asked + kept, 'latin1'))).toString('latin1')).toBe(kept)
})
