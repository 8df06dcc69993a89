import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const daemon = TestDaemon.forFile()

/** Prints exactly these bytes from a file, in one write or in writes of `step` bytes. */
async function print(bytes: Buffer, step?: number) {
  const id = await daemon.session()
  writeFileSync(join(daemon.home, 'bytes'), bytes)
  const { output: text } = await daemon.send(
    id,
    step ? `dd if=~/bytes bs=${step} status=none` : 'cat ~/bytes',
  )
  await until(async () => (await daemon.get(id)).state === 'ready', 'the prompt')
  const { output } = await daemon.readAll(id, { format: 'raw' })
  // Between the end of bracketed paste after the echo, and its begin before the next prompt.
  const raw = output.slice(output.indexOf('\x1b[?2004l\r') + 9, output.lastIndexOf('\x1b[?2004h'))
  return { text, raw }
}

const CRLF = (text: string) => text.replaceAll('\n', '\r\n')

describe('text is clean, raw is what was printed', () => {
  test.each([
    ['umlauts and CJK', 'äöü ßéñ 漢字 かな\n'],
    ['emoji with joiners and skin tones', '👩‍👩‍👧‍👦 👍🏽 🇪🇺 ☺️\n'],
    ['combining marks', 'e\u0301 n\u0303 a\u0308\u0323 ก็ क्षि\n'],
    ['a lone carriage return at the end', 'one\ntwo\r\nthree\n'],
    ['tabs', 'a\tb\t\tc\n'],
  ])('%s', async (_what, printed) => {
    for (const step of [undefined, 1, 3]) {
      const { text, raw } = await print(Buffer.from(printed), step)
      expect(text).toBe(printed.replaceAll('\r\n', '\n'))
      expect(raw).toBe(CRLF(printed))
    }
  })

  test.each([
    ['colours', '\x1b[1;31mred\x1b[0m and \x1b[38;5;42mgreen\x1b[m\n', 'red and green\n'],
    ['a title', '\x1b]0;my title\x07text\x1b]2;another\x1b\\\n', 'text\n'],
    ['a hyperlink', '\x1b]8;;https://example.org/a\x1b\\link\x1b]8;;\x1b\\ after\n', 'link after\n'],
    ['device strings', '\x1bP1$r0m\x1b\\a\x1b_private\x1b\\b\x1b^note\x1b\\c\n', 'abc\n'],
    ['cursor moves within a line', 'abcdef\x1b[3D12\x1b[K\n', 'abc12\n'],
    ['backspaces', 'abd\bc\n', 'abc\n'],
    ['bell and other controls', 'a\x07b\x0e\x0fc\n', 'abc\n'],
    ['character sets', '\x1b(0\x1b(Btext\n', 'text\n'],
    ['a sequence that never ends', 'before\x1b[', 'before'],
  ])('%s', async (_what, printed, clean) => {
    for (const step of [undefined, 1]) {
      const { text, raw } = await print(Buffer.from(printed), step)
      expect(text).toBe(clean)
      expect(raw).toBe(CRLF(printed))
    }
  })

  test('a progress bar is its last state, however it was cut', async () => {
    const bar = Array.from({ length: 101 }, (_, i) => `\r${'#'.repeat(i / 2).padEnd(50)} ${i}%`).join('')
    for (const step of [undefined, 100, 7]) {
      const { text, raw } = await print(Buffer.from(`${bar}\ndone\n`), step)
      expect(text).toBe(`${'#'.repeat(50)} 100%\ndone\n`)
      expect(raw).toBe(CRLF(`${bar}\ndone\n`))
    }
  })

  test('bytes that are not UTF-8 are replaced in text and kept in raw', async () => {
    const id = await daemon.session()
    expect(await daemon.send(id, String.raw`printf 'a\xffb\xc3(\xe2\x82x\n'`)).toMatchObject({
      output: 'a\ufffdb\ufffd(\ufffdx\n',
    })
    const { output, encoding } = await daemon.read(id, { format: 'raw' })
    expect(encoding).toBe('base64')
    expect(Buffer.from(output, 'base64').toString('latin1')).toContain('a\xffb\xc3(\xe2\x82x\r\n')
  })

  test('reads that follow each other give every character once, whatever their size', async () => {
    const id = await daemon.session()
    const line = 'äé漢字👩‍👩‍👧‍👦 \x1b[31mred\x1b[0m\r\n'
    writeFileSync(join(daemon.home, 'bytes'), line.repeat(500).replaceAll('\r\n', '\n'))
    await daemon.send(id, 'cat ~/bytes')
    // The prompt comes after the command's end.
    await until(async () => (await daemon.readAll(id)).output.endsWith('red\n$ '), 'the next prompt')
    const whole = { text: await daemon.readAll(id), raw: await daemon.readAll(id, { format: 'raw' }) }
    expect(whole.raw.output).toContain(line.repeat(500))
    expect(whole.text.output).toContain('äé漢字👩‍👩‍👧‍👦 red\n'.repeat(500))
    for (const format of ['text', 'raw'] as const) {
      let joined = ''
      for (let since = '0', more = true; more; ) {
        const { output, cursor, truncated, encoding } = await daemon.read(id, {
          since,
          format,
          max_bytes: 1024,
        })
        expect(encoding).toBeUndefined()
        joined += output
        since = cursor
        more = truncated
      }
      expect(joined).toBe(whole[format].output)
    }
  })
})

describe('full-screen programs', () => {
  test('what is drawn on the alternate screen is in raw and on the screen, not in text', async () => {
    const id = await daemon.session({ cols: 40, rows: 6 })
    writeFileSync(join(daemon.home, 'page'), Array.from({ length: 50 }, (_, i) => `line ${i + 1}\n`).join(''))
    await daemon.input(id, 'echo before; less ~/page; echo after')
    const page = (from: number) => Array.from({ length: 5 }, (_, i) => `line ${from + i}\n`).join('')
    const screen = async () => (await daemon.read(id, { format: 'screen' })).output
    await until(async () => (await screen()).startsWith(page(1)), 'the first page')
    await daemon.call('session.keys', { session_id: id, keys: ['down', 'down', 'pagedown'] })
    await until(async () => (await screen()).startsWith(page(8)), 'a page further down')
    expect(await daemon.get(id)).toMatchObject({ state: 'busy' })

    await daemon.call('session.keys', { session_id: id, keys: ['q'] })
    expect(await daemon.send(id, 'echo next')).toMatchObject({ output: 'next\n', completed_by: 'mark' })
    const text = (await daemon.readAll(id)).output
    expect(text).toContain('\nbefore\nafter\n')
    expect(text).not.toContain('line 3')
    expect((await daemon.readAll(id, { format: 'raw' })).output).toContain('line 3')
    expect(await screen()).toMatch(/^(.*\n)*before\nafter\n\$ echo next\nnext\n/)
  })

  test('a file is written with vim', async () => {
    const id = await daemon.session({ cols: 60, rows: 10 })
    await daemon.input(id, 'vim -u NONE -N ~/written')
    const screen = async () => (await daemon.read(id, { format: 'screen' })).output
    await until(async () => /\n~ *\n/.test(await screen()), 'vim')
    await daemon.input(id, 'ihello\x1b', { raw: true })
    await until(async () => /^hello *\n/.test(await screen()), 'the text')
    await daemon.input(id, ':wq\r', { raw: true })
    expect(await daemon.send(id, 'cat ~/written')).toMatchObject({ output: 'hello\n', exit_code: 0 })
  })

  test('a new size is what the program sees', async () => {
    const id = await daemon.session({ cols: 100, rows: 30 })
    expect(await daemon.send(id, 'stty size')).toMatchObject({ output: '30 100\n' })
    await daemon.call('session.resize', { session_id: id, cols: 77, rows: 21 })
    expect(await daemon.send(id, 'stty size')).toMatchObject({ output: '21 77\n' })
    expect((await daemon.get(id)).terminal).toMatchObject({ cols: 77, rows: 21 })
  })
})
