import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { foundIn } from '../../../plugins/terminal/shell/program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

describe('a program starts', () => {
  test('with a clean login environment, and nothing of the daemon or the pty host', async () => {
    process.env.TELECLAUDE_TEST_SECRET = 'from-the-daemon'
    await using it = await Harness.create()
    await writeFile(
      `${it.folder}/.bash_profile`,
      "export FROM_PROFILE=yes; echo noise; export ODD=$'two\\nlines'",
    )
    await it.restart()
    const id = await it.start({ command: ['env', '-0'], env: { ASKED_FOR: 'this' } })
    await it.exit(id)
    const names = it.sink.text(id).split('\0')
    expect(names).toContain('FROM_PROFILE=yes')
    expect(names).toContain('ASKED_FOR=this')
    expect(names).toContain('TERM=xterm-256color')
    expect(names).toContain('ODD=two\r\nlines')
    expect(names).toContain(`HOME=${it.folder}`)
    expect(it.sink.text(id)).not.toMatch(/from-the-daemon|VITEST|NODE_|MALLOC_|noise|SECRET/)
  })

  test('in a shell that knows no secret once it runs', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    expect((await it.run(id, 'env | grep -c SECRET')).output).toBe('0\r\n')
  })

  test.each([
    [{ cwd: '/no/such/folder' }, 'TC_ERR_CWD', '/no/such/folder'],
    [{ cwd: '/etc/passwd' }, 'TC_ERR_CWD', 'not a folder'],
    [{ command: ['no-such-program'] }, 'TC_ERR_COMMAND_NOT_FOUND', 'no-such-program'],
    [{ command: ['/etc/passwd'] }, 'TC_ERR_COMMAND_NOT_FOUND', 'cannot be executed|can be executed'],
    [{ command: [] }, 'TC_ERR_COMMAND_NOT_FOUND', 'command'],
  ])('%j fails with %s', async (options, code, text) => {
    await using it = await Harness.create()
    const problem = await it.start(options).catch(error => error)
    expect(problem).toMatchObject({ code })
    expect(problem.message).toMatch(new RegExp(text))
  })

  test('only where the shell exists', async () => {
    await using it = await Harness.create({ defaultShell: 'no-such-shell' })
    await expect(it.start()).rejects.toMatchObject({ code: 'TC_ERR_COMMAND_NOT_FOUND' })
  })

  test('until maxSessions are running', async () => {
    await using it = await Harness.create({ maxSessions: 1 })
    const id = await it.start({ command: ['cat'] })
    await expect(it.start()).rejects.toMatchObject({ code: 'TC_ERR_SESSION_LIMIT' })
    await it.terminals.close(id)
    await it.start({ command: ['cat'] })
  })

  test('as a string through the shell, whose end is the exit', async () => {
    await using it = await Harness.create()
    const id = await it.start({ command: 'echo $((6*7)); exit 5' })
    expect(await it.exit(id)).toEqual({ exitCode: 5, signal: null })
    expect(it.sink.text(id)).toBe('42\r\n')
    expect(it.sink.marks(id)).toEqual([])
  })

  test('and is hung up on when it is closed, killed when it does not listen', async () => {
    await using it = await Harness.create()
    const polite = await it.start({ command: ['cat'] })
    const deaf = await it.start({
      command: ['bash', '-c', 'trap "" HUP; echo deaf; while :; do read -t 1; done'],
    })
    await until(() => it.sink.text(deaf).includes('deaf'))
    await Promise.all([it.terminals.close(polite), it.terminals.close(deaf)])
    expect([await it.exit(polite), await it.exit(deaf)]).toMatchObject([
      { signal: 'SIGHUP' },
      { signal: 'SIGKILL' },
    ])
    await it.terminals.close(polite)
  })
})

describe('what is typed', () => {
  test('at a password question is nowhere in the output', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    await it.submit(id, 'read -s -p "Password: " p')
    await until(() => it.sink.text(id).includes('Password: '))
    await it.submit(id, 'hunter2')
    await until(() => it.terminals.isAtPrompt(id))
    expect(JSON.stringify(it.sink.of(id))).not.toContain('hunter2')
    expect(it.sink.text(id)).not.toContain('hunter2')
    expect((await it.run(id, 'printf %s "$p" | wc -c')).output).toBe('7\r\n')
  })

  test('as text presses no keys', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    const ran = await it.run(id, 'echo a\x03\x04\x1b[201~\x7fb\u009b')
    expect(ran.output).toBe('a[201~b\r\n')
  })

  test('with tabs is pasted, not completed', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    expect((await it.run(id, "printf %s '\ta\tb'")).output).toBe('\ta\tb')
  })

  test('as keys is named, with a hint when it is not', async () => {
    await using it = await Harness.create()
    const id = await it.start({
      command: ['bash', '-c', 'stty raw -echo; echo ready; head -c 19 | od -An -tx1'],
    })
    await until(() => it.sink.text(id).includes('ready'))
    await it.terminals.write(id, {
      type: 'keys',
      keys: ['up', 'f5', 'ctrl-c', 'alt-x', 'shift-tab', 'enter', 'q', 'pageup'],
    })
    await it.exit(id)
    expect(it.sink.text(id).replace(/\s+/g, ' ')).toContain('1b 5b 41 1b 5b 31 35 7e 03 1b 78 1b 5b 5a 0d 71')
    const other = await it.start({ command: ['cat'] })
    const problem = await it.terminals.write(other, { type: 'keys', keys: ['enterr'] }).catch(error => error)
    expect(problem).toMatchObject({ code: 'TC_ERR_UNKNOWN_KEY', message: expect.stringContaining('enter') })
  })

  test('and not read by the program is refused above a limit', async () => {
    await using it = await Harness.create()
    const id = await it.start({ command: ['bash', '-c', 'stty raw -echo; echo ready; sleep 100'] })
    await until(() => it.sink.text(id).includes('ready'))
    const type = () => it.terminals.write(id, { type: 'raw', data: 'x'.repeat(300_000) })
    await type()
    await type()
    await type()
    await expect(type()).rejects.toMatchObject({ code: 'TC_ERR_INPUT_FULL' })
  })

  test('long, is read whole by a slow program', async () => {
    await using it = await Harness.create()
    const id = await it.start({
      command: ['bash', '-c', 'stty raw -echo; echo ready; head -c 500000 | md5sum'],
    })
    await until(() => it.sink.text(id).includes('ready'))
    await it.terminals.write(id, { type: 'raw', data: 'abcde'.repeat(100_000) })
    await it.exit(id)
    expect(it.sink.text(id)).toContain('8ed7ec8043cfdf23aca77592e3e34081')
  })
})

describe('the screen', () => {
  test('shows what a person would see, in the size it has now', async () => {
    await using it = await Harness.create()
    const id = await it.start({ cols: 40, rows: 5 })
    await it.terminals.resize(id, 100, 30)
    expect((await it.run(id, 'stty size')).output).toBe('30 100\r\n')
    await it.run(id, `clear; printf '\\033]0;a title\\007\\033[31mred\\033[0m'`)
    const screen = await it.terminals.screen(id)
    expect(screen).toMatchObject({ cols: 100, rows: 30, title: 'a title', alternate: false })
    expect(screen.lines).toHaveLength(30)
    expect(screen.lines[0]).toMatch(/^red/)
  })

  test('is the alternate one in a full-screen program', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    await it.submit(id, `printf '\\033[?1049h\\033[2J\\033[3;5Hhere'; read x; printf '\\033[?1049l'`)
    await until(() => it.sink.text(id).includes('\x1b[3;5Hhere'))
    const screen = await it.terminals.screen(id)
    expect(screen).toMatchObject({ alternate: true, cursor: { row: 2, col: 8 } })
    expect(screen.lines[2]).toBe('    here')
    await it.submit(id, '')
    await until(() => it.terminals.isAtPrompt(id))
    const layers = it.sink
      .of(id)
      .flatMap(entry => (entry.kind === 'output' && entry.layer ? [entry.data] : []))
    expect(Buffer.concat(layers).toString()).toMatch(/^\x1b\[\?1049h.*here.*\x1b\[\?1049l$/s)
  })

  test('of an ended session is unavailable', async () => {
    await using it = await Harness.create()
    const id = await it.start({ command: ['true'] })
    await it.exit(id)
    await until(() =>
      it.terminals.screen(id).then(
        () => false,
        error => error.code === 'TC_ERR_SCREEN_UNAVAILABLE',
      ),
    )
  })
})

test('the shells that mark their prompts are listed as far as they are there', async () => {
  await using it = await Harness.create()
  await until(() => it.terminals.shells.length > 0)
  expect(it.terminals.shells).toContain('bash')
  expect(await foundIn(`${it.folder}:/nowhere`, ['bash'])).toEqual([])
})
