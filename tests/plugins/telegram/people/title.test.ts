import { expect, test } from 'vitest'
import { titleFrom } from '../../../../plugins/telegram/people/title.ts'

test.each([
  ['a title on\n two  lines ', 'a title on two lines'],
  ['turned\u202e around\u200b', 'turned around'],
  [' \u2060\n', ''],
  [`${'x'.repeat(199)}😀`, 'x'.repeat(199)],
  [`x${'👩‍💻'.repeat(50)}`, `x${'👩‍💻'.repeat(39)}`],
])('of %j it is %j', (said, title) => {
  expect(titleFrom(said)).toBe(title)
})
