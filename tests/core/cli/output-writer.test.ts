import { expect, test } from 'vitest'
import { rawWriter, textWriter } from '../../../core/cli/output-writer.ts'
import type { Printer } from '../../../core/cli/streams.ts'
import type { Entry } from '../../../core/journal/entry.ts'

function recorder(isTerminal: boolean) {
  const printed: string[] = []
  const printer = {
    isTerminal,
    print: async (text: string | Uint8Array) => void printed.push(Buffer.from(text as string).toString()),
  } as Printer // nothing else is used
  return { printed, printer }
}

const output = (text: string): Entry => ({ kind: 'output', seq: 1, at: 0, data: Buffer.from(text) })

test('piped, a progress bar becomes the one line that it ended as', async () => {
  const { printed, printer } = recorder(false)
  const writer = textWriter(printer)
  for (const part of ['start\r\n 10%', '\r 50%', '\r100%', '\r\nlast']) await writer.write([output(part)])
  expect(printed.join('|')).toBe('start\n|100%\n')
  await writer.end()
  expect(printed.at(-1)).toBe('last')
})

test('on a terminal, what is not a whole line is shown at once', async () => {
  const { printed, printer } = recorder(true)
  await textWriter(printer).write([output('Password: ')])
  expect(printed).toEqual(['Password: '])
})

test('piped, a line without an end is not held for ever', async () => {
  const { printed, printer } = recorder(false)
  const writer = textWriter(printer)
  for (let count = 0; count < 40; count++) await writer.write([output('x'.repeat(4096))])
  expect(printed.join('').length).toBeGreaterThan(80_000)
})

test('raw is every byte of output and nothing else', async () => {
  const { printed, printer } = recorder(true)
  await rawWriter(printer).write([
    output('\x1b[31mred\r\n'),
    { kind: 'state', state: 'closed', seq: 2, at: 0 },
  ])
  expect(printed).toEqual(['\x1b[31mred\r\n'])
})
