import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { neutralise } from '../../../core/cli/neutralise.ts'
import { createRecordReader, renderRecord } from '../../../core/cli/render/log-record.ts'
import { reportError } from '../../../core/cli/report-error.ts'
import { createPrinter, type Printer } from '../../../core/cli/streams.ts'
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

test('what is told keeps its lines but no other control character', () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()] as unknown as NodeJS.WriteStream[]
  createPrinter(stdout as NodeJS.WriteStream, stderr as NodeJS.WriteStream).tell('ended:\n \x1b]0;owned\x07')
  expect(String(stderr?.read())).toBe('ended:\n \\x1b]0;owned\\x07\n')
})

test('a record of the log cannot hide what it says in its own fields', () => {
  const { style } = createPrinter(process.stdout, process.stderr)
  const record = createRecordReader()('{"level":"constructor","time":"\\u001b[2J","msg":"\\u001b[1A"}')
  expect(stripVTControlCharacters(renderRecord(record, { style } as Printer))).toBe(
    '\\x1b[2J constructor \\x1b[1A\n',
  )
})
