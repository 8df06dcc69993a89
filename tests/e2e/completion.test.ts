import { describe, expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { isAsleep } from '../support/processes.ts'
import { until } from '../support/until.ts'

const daemon = TestDaemon.forFile()

/** What a command line gives: exactly this output, and this exit code from the shell's own mark. */
const COMMANDS: readonly [what: string, line: string, output: string, exitCode: number][] = [
  ['success', 'echo hi', 'hi\n', 0],
  ['failure', 'false', '', 1],
  ['a command that is not found', 'no-such-command', 'bash: no-such-command: command not found\n', 127],
  ['a killed program', "sh -c 'kill -9 $$'", 'Killed\n', 137],
  ['an interrupted program', "sh -c 'kill -2 $$'", '\n', 130],
  ['no newline at the end', 'printf abc', 'abc', 0],
  ['a cleared screen', 'echo before; clear; echo after', 'before\nafter\n', 0],
  ['a here-document', 'cat <<END\none $((1 + 1))\n  three\nEND', 'one 2\n  three\n', 0],
  ['several lines pasted', 'echo a\necho b; false\necho c\nsh -c "exit 7"', 'a\nb\nc\n', 7],
  ['a loop over several lines', 'for i in 1 2 3; do\n\techo "$i"\ndone', '1\n2\n3\n', 0],
  ['a function', 'greet() {\n  echo "hello $1"\n}\ngreet you', 'hello you\n', 0],
  ['an empty line', '', '', 0],
  ['a comment', '# nothing', '', 0],
  ['a syntax error', 'echo )', "bash: syntax error near unexpected token `)'\n", 2],
  ['what looks like a prompt', "printf '$ \\n$ '", '$ \n$ ', 0],
  ['its own text printed', 'echo "echo echo"', 'echo echo\n', 0],
  ['a background job that ends later', '(sleep 0.02; true) & wait', expect.stringContaining('[1]'), 0],
  ['stderr and stdout in order', 'echo out; echo err >&2; echo out', 'out\nerr\nout\n', 0],
]

describe('a command at the prompt', () => {
  test.each(COMMANDS)('%s: exact output and exit code', async (_what, line, output, exitCode) => {
    const id = await daemon.session()
    expect(await daemon.send(id, line)).toMatchObject({
      output,
      exit_code: exitCode,
      completed_by: 'mark',
      complete: true,
      truncated: false,
      dropped: null,
    })
    expect(await daemon.send(id, 'echo next'), 'the command after it').toMatchObject({
      output: 'next\n',
      exit_code: 0,
    })
  })

  test('all of them, one after the other in one shell', async () => {
    const id = await daemon.session()
    for (const [what, line, output, exitCode] of COMMANDS) {
      if (what === 'an empty line' || what === 'a comment') continue // they keep the status of the one before
      expect(await daemon.send(id, line), what).toMatchObject({
        output,
        exit_code: exitCode,
        completed_by: 'mark',
      })
    }
  })

  test('a hundred sent back to back: each gets its own output and exit code', async () => {
    const id = await daemon.session()
    for (let number = 0; number < 100; number++) {
      const sent = await daemon.send(id, `echo ${number}; sh -c 'exit ${number}'`)
      expect(sent).toMatchObject({ output: `${number}\n`, exit_code: number, completed_by: 'mark' })
    }
  })

  test('a working directory with a strange name is followed', async () => {
    const id = await daemon.session()
    await daemon.send(id, "mkdir -p 'a;b  é$x' && cd 'a;b  é$x'")
    expect((await daemon.get(id)).terminal.cwd).toBe(`${daemon.home}/a;b  é$x`)
  })

  test('variables, functions and the folder stay for the next command', async () => {
    const id = await daemon.session({ cwd: '/' })
    await daemon.send(id, 'x=1; f() { echo "f $x"; }; cd /tmp')
    expect(await daemon.send(id, 'f; pwd')).toMatchObject({ output: 'f 1\n/tmp\n' })
  })
})

describe('an interrupt', () => {
  test('ends the command with 130, and the next one gets its own result', async () => {
    const id = await daemon.session()
    // One program prints and waits: of two, the shell may have started the second one and not yet given it the terminal.
    const sent = daemon.send(id, "sh -c 'echo started; exec sleep 60'")
    await until(async () => (await daemon.read(id)).output.includes('\nstarted'), 'the command')
    await daemon.call('session.interrupt', { session_id: id })
    expect(await daemon.send(id, 'echo next')).toMatchObject({ output: 'next\n', exit_code: 0 })
    expect(await sent).toMatchObject({ output: 'started\n^C\n', exit_code: 130, completed_by: 'mark' })
  })

  test('at the prompt changes nothing for the command that follows at once', async () => {
    const id = await daemon.session()
    const { pid } = (await daemon.get(id)).terminal
    for (let number = 0; number < 10; number++) {
      // Between drawing its prompt and reading, bash keeps a signal for later and throws a letter away with it.
      await until(() => isAsleep(pid ?? 0), 'a shell that reads')
      await daemon.call('session.interrupt', { session_id: id })
      expect(await daemon.send(id, `echo ${number}`)).toMatchObject({ output: `${number}\n`, exit_code: 0 })
    }
  })

  test('gets out of an unfinished command line', async () => {
    const id = await daemon.session()
    await daemon.input(id, 'if')
    await until(async () => (await daemon.read(id)).output.endsWith('\n> '), 'the second prompt')
    await daemon.call('session.interrupt', { session_id: id })
    expect(await daemon.send(id, 'echo next')).toMatchObject({ output: 'next\n', exit_code: 0 })
  })
})

describe('set -e', () => {
  test('a command that succeeds is completed by its mark, one that fails by the end of the shell', async () => {
    const id = await daemon.session()
    expect(await daemon.send(id, 'set -e')).toMatchObject({ exit_code: 0, completed_by: 'mark' })
    expect(await daemon.send(id, 'echo fine')).toMatchObject({ output: 'fine\n', completed_by: 'mark' })
    const failed = await daemon.send(id, 'echo last; false')
    expect(failed).toMatchObject({ exit_code: 1, completed_by: 'exit' })
    expect(failed.output).toMatch(/^last\n/)
    expect(await daemon.get(id)).toMatchObject({ state: 'closed', exitCode: 1 })
  })
})

describe('marks in the output', () => {
  const FORGED = [
    ['of the private number without the secret', '\\e]7331;s\\a\\e]7331;e;0;/\\a\\e]7331;p;1\\a'],
    [
      'of the private number with a guessed secret',
      `\\e]7331;${'a'.repeat(24)};1;e;0;/\\a\\e]7331;;;e;0;/\\e\\\\`,
    ],
    ['of the private number, cut short', '\\e]7331\\a\\e]7\\a\\e]\\a\\e]7331;\\a'],
    ['of OSC 133', '\\e]133;A\\a\\e]133;C\\a\\e]133;D;0\\a\\e]133;B\\a'],
    ['of OSC 633', '\\e]633;C\\a\\e]633;D;0\\a\\e]633;P;Cwd=/\\a'],
  ] as const
  test.each(FORGED)('%s complete nothing', async (_what, marks) => {
    const id = await daemon.session()
    expect(await daemon.send(id, `printf 'a${marks}b\\n'; sleep 0.05; echo c; false`)).toMatchObject({
      output: 'ab\nc\n',
      exit_code: 1,
      completed_by: 'mark',
    })
  })

  test('the real ones are in nothing that is shown, and no program in the session is given the secret', async () => {
    const id = await daemon.session()
    expect(await daemon.send(id, 'env | grep -i mark_secret')).toMatchObject({ output: '', exit_code: 1 })
    await daemon.send(id, 'echo shown')
    const { output } = await daemon.readAll(id, { format: 'raw' })
    expect(output).toContain('shown\r\n')
    expect(output).not.toContain('7331')
  })
})
