import { expect, test } from 'vitest'
import { renderTable } from '../../../core/cli/render/table.ts'
import type { Printer } from '../../../core/cli/streams.ts'

const COLUMNS = [
  { title: 'A', of: (row: string[]) => row[0] ?? '' },
  { title: 'LONG', of: (row: string[]) => row[1] ?? '' },
]

function printer(columns?: number): Printer {
  return {
    stdout: { columns } as NodeJS.WriteStream, // nothing else is looked at
    stderr: process.stderr,
    isTerminal: columns !== undefined,
    print: async () => {},
    tell: () => {},
    style: (_style, text) => text,
  }
}

test('columns are as wide as their widest cell, and lines end without blanks', () => {
  expect(
    renderTable(
      [
        ['one', 'x'],
        ['three', ''],
      ],
      COLUMNS,
      printer(),
    ),
  ).toBe('A      LONG\none    x\nthree\n')
})

test('on a terminal a line never exceeds its width; piped, nothing is cut', () => {
  const rows = [['one', 'a very long title indeed']]
  const [, line = ''] = renderTable(rows, COLUMNS, printer(12)).split('\n')
  expect(line).toBe('one  a very…')
  expect(renderTable(rows, COLUMNS, printer())).toContain('a very long title indeed')
})

test('hostile cells cannot leave their line', () => {
  expect(renderTable([['\x1b[2J', 'a\nb']], COLUMNS, printer())).toBe('A        LONG\n\\x1b[2J  a\\x0ab\n')
})
