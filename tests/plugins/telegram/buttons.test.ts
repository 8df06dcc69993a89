import { expect, test } from 'vitest'
import { createButtons } from '../../../plugins/telegram/people/buttons.ts'

const buttons = createButtons(Buffer.alloc(32, 7))
const dataOf = (button: object) => ('callback_data' in button ? String(button.callback_data) : '')

test('a button says what it was made for, and only there', () => {
  const data = dataOf(buttons.make('x', 'key:esc', 'session:a'))
  expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64)
  expect(buttons.read(data, 'session:a')).toBe('key:esc')
  expect(buttons.read(data, 'session:b')).toBeNull()
  expect(createButtons(Buffer.alloc(32, 8)).read(data, 'session:a')).toBeNull()
  expect(createButtons(Buffer.alloc(32, 7)).read(data, 'session:a')).toBe('key:esc')
})

test.each([
  '',
  'key:esc',
  'x'.repeat(64),
  `${'A'.repeat(22)}key:esc`,
  '🙂'.repeat(16),
  `${'='.repeat(22)}key:esc`,
])('what somebody made up is none: %j', data => expect(buttons.read(data, 'session:a')).toBeNull())

test('another action under the same proof is none', () => {
  const data = dataOf(buttons.make('x', 'close:no', 'session:a'))
  expect(buttons.read(`${data.slice(0, 22)}close:yes`, 'session:a')).toBeNull()
})

test('a binding cannot be moved into the action', () => {
  const data = dataOf(buttons.make('x', 'b', 'session:a:'))
  expect(buttons.read(`${data.slice(0, 22)}:b`, 'session:a')).toBeNull()
})
