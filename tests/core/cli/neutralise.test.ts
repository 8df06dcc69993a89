import { expect, test } from 'vitest'
import { neutralise } from '../../../core/cli/neutralise.ts'
import { reportError } from '../../../core/cli/report-error.ts'
import { TeleclaudeError } from '../../../core/errors.ts'

test('control characters of a text are shown instead of obeyed', () => {
  expect(neutralise('\x1b]0;owned\x07\r\n\x9b2J')).toBe('\\x1b]0;owned\\x07\\x0d\\x0a\\x9b2J')
  expect(neutralise('safe\u202eevil')).toBe('safe\\u202eevil')
  expect(neutralise('Ümläut 🎉')).toBe('Ümläut 🎉')
})

test('an error keeps its lines but no other control character', () => {
  const error = new TeleclaudeError('TC_ERR_CWD', 'two\n lines\x1b[2J')
  expect(reportError(error, false)).toBe('teleclaude: two\n lines\\x1b[2J (TC_ERR_CWD)\n')
  expect(JSON.parse(reportError(error, true))).toMatchObject({ error: { code: 'TC_ERR_CWD' } })
})
