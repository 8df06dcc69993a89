import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

describe('a command at the prompt', () => {
  test.each([
    ['true', 0, ''],
    ['false', 1, ''],
    ['no-such-program-here 2>/dev/null', 127, ''],
    ['bash -c "kill -KILL \\$\\$" 2>/dev/null', 137, 'Killed\r\n'],
    ['printf abc', 0, 'abc'],
    ['clear', 0, '\x1b[H\x1b[2J\x1b[3J'],
    ['cat <<X\none\ntwo\nX', 0, 'one\r\ntwo\r\n'],
    ['(exit 130)', 130, ''],
    [
      `printf '\\033]7331;secret;1;e;0;/\\a\\033]133;D;0\\a'`,
      0,
      '\x1b]7331;secret;1;e;0;/\x07\x1b]133;D;0\x07',
    ],
  ])('%s ends with its own code and output', async (command, exitCode, output) => {
    await using it = await Harness.create()
    const id = await it.start()
    const ran = await it.run(id, command)
    expect(ran.end).toMatchObject({ exitCode, cwd: it.folder })
    expect(ran.output).toBe(output)
    expect(ran.types).toEqual(['start', 'end', 'prompt'])
  })

  test('is ended by ctrl-c with 130, and one at the prompt is an end without a start', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    // Before bash has given it the terminal, Ctrl-C may be lost.
    await it.submit(id, `sh -c 'echo on; exec sleep 100'`)
    await until(() => it.sink.text(id).includes('on\r\n'))
    expect(it.terminals.isAtPrompt(id)).toBe(false)
    await it.terminals.write(id, { type: 'keys', keys: ['ctrl-c'] })
    await until(() => it.terminals.isAtPrompt(id))
    expect(it.sink.marks(id).at(-2)).toMatchObject({ type: 'end', exitCode: 130 })
    const before = it.sink.marks(id).length
    await it.terminals.write(id, { type: 'keys', keys: ['ctrl-c'] })
    await until(() => it.sink.marks(id).length === before + 2)
    expect(it.sink.marks(id).at(-2)).toMatchObject({ type: 'end', durationMs: null })
  })

  test('with an empty line is an end, and a prompt drawn again is nothing', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    await it.terminals.write(id, { type: 'keys', keys: ['ctrl-l'] })
    expect((await it.run(id, '')).types).toEqual(['end', 'prompt'])
  })

  test('of several pasted lines gives several starts and one end', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    const ran = await it.run(id, 'echo a\necho b\nfalse')
    expect(ran.types).toEqual(['start', 'start', 'start', 'end', 'prompt'])
    expect(ran.output.replaceAll('\x1b[?2004l\r', '').replaceAll('\x1b[?2004h', '')).toContain('a\r\n')
    expect(ran.end.exitCode).toBe(1)
  })

  test.each(['set enable-bracketed-paste off', 'set editing-mode vi\nset enable-bracketed-paste off'])(
    'of several lines is one, with tabs kept, also where the shell knows no pasting: %s',
    async inputrc => {
      await using it = await Harness.create()
      await writeFile(`${it.folder}/.inputrc`, inputrc)
      const id = await it.start()
      const ran = await it.run(id, 'echo a\nsleep 0.1; cat <<X\none\n\ttwo\nX\nfalse')
      expect(ran.output).toBe('a\r\none\r\n\ttwo\r\n')
      expect(ran.end.exitCode).toBe(1)
    },
  )

  test('tells where it went, whatever the folder is called', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    const ran = await it.run(id, `mkdir -p 'ä; %41 "x"' && cd 'ä; %41 "x"'`)
    expect(ran.end.cwd).toBe(`${it.folder}/ä; %41 "x"`)
    expect(it.sink.changes).toEqual([[id, { cwd: `${it.folder}/ä; %41 "x"` }]])
  })
})

describe('marks are exact with a customised shell:', () => {
  test.each([
    ['escape codes in PS1', `PS1='\\[\\e[32m\\]\\u@\\h\\[\\e[0m\\]:\\w\\n\\$ '`],
    ['PROMPT_COMMAND as a string', `PROMPT_COMMAND='printf "[%s]" "$?"; PS1="$PWD> "'`],
    ['PROMPT_COMMAND as an array', `PROMPT_COMMAND=('printf one' 'PS1="two> "')`],
    [
      'OSC 133 of its own',
      `PS1='\\[\\e]133;A\\a\\]$ \\[\\e]133;B\\a\\]'; PS0='\\e]133;C\\a'; PROMPT_COMMAND='printf "\\e]133;D;%s\\a" $?'`,
    ],
    ['a DEBUG trap that prints', `trap 'echo "+ $BASH_COMMAND"' DEBUG`],
    ['a DEBUG trap and a PS1 made anew', `trap ': ' DEBUG; PROMPT_COMMAND='PS1="\\w> "'`],
    ['set -u', 'set -u'],
    ['set -x', 'set -x'],
    ['PROMPT_COMMAND taken away at the first prompt', `PROMPT_COMMAND='unset PROMPT_COMMAND'`],
    ['an exported prompt', `export PS1='$ ' PROMPT_COMMAND='true'`],
  ])('%s', async (_name, bashrc) => {
    await using it = await Harness.create({}, { bashrc })
    const id = await it.start()
    const noise = /^\+ .*\r\n/gm
    for (const [command, exitCode, output] of [
      ['echo hello', 0, 'hello\r\n'],
      ['(exit 3)', 3, ''],
      ['printf x', 0, 'x'],
    ] as const) {
      const ran = await it.run(id, command)
      expect(ran.types).toEqual(['start', 'end', 'prompt'])
      expect(ran.end.exitCode).toBe(exitCode)
      expect(ran.output.replaceAll(noise, '')).toBe(output)
      expect(ran.output).not.toContain('__tc')
    }
    expect(it.sink.text(id)).not.toContain('7331')
    expect(it.sink.text(id)).not.toContain('__tc')
  })

  test('the user sees his own exit code in PROMPT_COMMAND and PS1', async () => {
    await using it = await Harness.create({}, { bashrc: `PROMPT_COMMAND='seen=$?'; PS1='<$?>$seen '` })
    const id = await it.start()
    const ran = await it.run(id, '(exit 7)')
    expect(
      Buffer.concat(ran.entries.flatMap(e => (e.kind === 'output' ? [e.data] : []))).toString(),
    ).toContain('<7>7 ')
  })

  test('set -e ends the shell as it does without us, and not before', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    await it.run(id, 'set -e')
    expect((await it.run(id, '! true')).end.exitCode).toBe(1)
    expect((await it.run(id, 'echo still here')).output).toBe('still here\r\n')
    await it.submit(id, 'false')
    expect(await it.exit(id)).toMatchObject({ exitCode: 1 })
  })
})

describe('where marks cannot follow', () => {
  test.each([
    ['a nested shell', 'bash', 'echo nested', 'exit'],
    ['python3', 'python3 -q', 'print("nes" + "ted")', 'exit()'],
    ['a nested shell that inherits every variable', 'set -a; bash', 'echo nested', 'exit'],
  ])('%s gives none, and the next marked prompt is recognised', async (_name, start, inside, leave) => {
    await using it = await Harness.create({}, { bashrc: 'export PS1="$ "' })
    const id = await it.start()
    await it.run(id, 'set -a')
    await it.submit(id, start)
    await until(() => it.sink.marks(id).at(-1)?.type === 'start')
    await it.submit(id, inside)
    await until(() => it.sink.text(id).includes('nested\r\n'))
    expect(it.sink.marks(id).at(-1)?.type).toBe('start')
    expect(it.terminals.isAtPrompt(id)).toBe(false)
    await it.submit(id, leave)
    await until(() => it.terminals.isAtPrompt(id))
    expect((await it.run(id, 'echo back')).output).toBe('back\r\n')
  })

  // Less time than is given to a first prompt that may still come.
  test('a shell that cannot mark its prompts says so, and nobody waits for the first one', {
    timeout: 8_000,
  }, async () => {
    await using it = await Harness.create({}, { bashrc: 'shopt -u promptvars' })
    const id = await it.start()
    expect(it.terminals.isAtPrompt(id)).toBe(false)
    await it.submit(id, 'echo $((40+2))')
    await until(() => it.sink.text(id).includes('42\r\n'))
    expect(it.sink.marks(id)).toEqual([])
    expect(it.sink.text(id)).not.toContain('7331')
  })

  test('exec replaces the marked shell for good', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    await it.submit(id, 'exec bash --norc')
    await until(() => it.sink.marks(id).at(-1)?.type === 'start')
    await it.submit(id, 'echo $((40+2))')
    await until(() => it.sink.text(id).includes('42\r\n'))
    expect(it.sink.marks(id).at(-1)?.type).toBe('start')
  })
})
