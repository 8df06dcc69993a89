import { describe, expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const daemon = TestDaemon.forFile({ files: { '.bashrc': "PS1='$ '", 'nested.rc': "PS1='nested> '" } })

const NESTED = 'bash --rcfile ~/nested.rc'

async function backAtThePrompt(id: string) {
  expect(await daemon.send(id, 'echo back; (exit 9)')).toMatchObject({
    output: 'back\n',
    exit_code: 9,
    completed_by: 'mark',
  })
}

describe('where marks cannot follow, completed_by tells what it was', () => {
  test('python3: the pattern, silence, and the mark of the shell when it ends', async () => {
    const id = await daemon.session()
    expect(await daemon.send(id, 'python3 -q', { wait_for: '>>> $' })).toMatchObject({
      output: '>>> ',
      completed_by: 'pattern',
      exit_code: null,
    })
    expect(await daemon.send(id, 'print(6 * 7)', { quiet_ms: 200 })).toMatchObject({
      output: '42\n>>> ',
      completed_by: 'quiet',
      exit_code: null,
      complete: true,
    })
    expect(await daemon.send(id, '1 / 0', { wait_for: '^>>> $' })).toMatchObject({
      output: expect.stringMatching(/^Traceback .*\n.*\nZeroDivisionError: division by zero\n>>> $/s),
      completed_by: 'pattern',
    })
    // The empty line that ends the block is the text's own; Enter comes after it.
    const block = 'for n in range(2):\n    print(f"n{n}")\n\n'
    const { output } = await daemon.send(id, block, { wait_for: '^n1\n>>> $' })
    expect(output).toMatch(/^n0\nn1\n>>> $/m)
    expect(await daemon.send(id, 'import sys; sys.exit(5)')).toMatchObject({
      output: '',
      completed_by: 'mark',
      exit_code: 5,
    })
    await backAtThePrompt(id)
  })

  test('node: the same', async () => {
    const id = await daemon.session()
    expect(await daemon.send(id, 'NO_COLOR=1 node', { wait_for: '^> $' })).toMatchObject({
      completed_by: 'pattern',
    })
    expect(await daemon.send(id, '6 * 7', { wait_for: '^> $' })).toMatchObject({
      // Sometimes it shows what the result will be on the line below, and takes it away again.
      output: expect.stringMatching(/^\n?42\n> $/),
      completed_by: 'pattern',
    })
    expect(await daemon.send(id, 'process.exit(4)')).toMatchObject({ completed_by: 'mark', exit_code: 4 })
    await backAtThePrompt(id)
  })

  test.each([
    ['a nested shell', NESTED],
    ['a nested shell that reads the same rc file', 'bash --rcfile ~/.bashrc'],
    ['a program that starts another shell', `sh -c '${NESTED}; exit $?'`],
    ['another kind of shell', 'PS1="nested> " sh'],
    ['a shell with its own terminal', `script -qe -c '${NESTED}' /dev/null`],
  ])('%s: silence within it, the mark when it ends', async (_what, command) => {
    const id = await daemon.session()
    const { output, ...started } = await daemon.send(id, command, { wait_for: '^(nested> |\\$ )$' })
    expect(started).toMatchObject({ completed_by: 'pattern', exit_code: null })
    expect(await daemon.send(id, 'echo inside; false', { quiet_ms: 200 })).toMatchObject({
      output: `inside\n${output}`,
      completed_by: 'quiet',
      exit_code: null,
    })
    expect(await daemon.send(id, 'exit 6')).toMatchObject({ completed_by: 'mark', exit_code: 6 })
    await backAtThePrompt(id)
  })

  test('exec of a shell without marks: nothing is taken for an end, and silence counts from then on', async () => {
    const id = await daemon.session()
    expect(await daemon.send(id, `exec ${NESTED}`, { wait_for: '^nested> $' })).toMatchObject({
      output: 'nested> ',
      completed_by: 'pattern',
    })
    expect(await daemon.send(id, 'echo on', { quiet_ms: 200 })).toMatchObject({
      output: 'on\nnested> ',
      completed_by: 'quiet',
    })
    expect(await daemon.send(id, 'exit 3')).toMatchObject({ completed_by: 'exit', exit_code: 3 })
    expect(await daemon.get(id)).toMatchObject({ state: 'closed', exitCode: 3 })
  })

  test('without pattern a wait at the prompt ends by the clock and says so, the rest can be read', async () => {
    const id = await daemon.session()
    const sent = await daemon.send(id, 'echo one; read x; echo two $x', { wait_ms: 300, quiet_ms: 50 })
    expect(sent).toMatchObject({ output: 'one\n', complete: false, completed_by: 'timeout', exit_code: null })
    expect(await daemon.send(id, 'more', { quiet_ms: 5000 })).toMatchObject({
      output: 'two more\n',
      completed_by: 'mark',
      exit_code: 0,
    })
    await until(async () => (await daemon.get(id)).state === 'ready', 'the prompt')
    expect((await daemon.readAll(id, { since: sent.cursor })).output).toMatch(/^more\ntwo more\n\$ $/)
  })

  test('the end of the shell completes what was sent to it', async () => {
    const id = await daemon.session()
    expect(await daemon.send(id, 'echo bye; exit 12')).toMatchObject({ completed_by: 'exit', exit_code: 12 })
    const killed = await daemon.session()
    expect(await daemon.send(killed, 'kill -9 $$')).toMatchObject({ completed_by: 'exit' })
    expect(await daemon.get(killed)).toMatchObject({ state: 'closed', closeReason: 'ended by SIGKILL' })
  })
})

describe('a run', () => {
  test.each([
    ['a line for the shell', 'echo out; exit 3', 'out\n', 3],
    ['a program and its arguments', ['/bin/echo', 'a b', '$HOME', '*'], 'a b $HOME *\n', 0],
    ['a program that a signal ends', ['/bin/sh', '-c', 'kill -9 $$'], '', null],
    ['nothing printed', ['true'], '', 0],
    ['a first line that is empty', ['printf', '\\nx'], '\nx', 0],
  ] as const)('%s: ends with its exit', async (_what, command, output, exit_code) => {
    const ran = await daemon.call('session.run', { command })
    expect(ran).toMatchObject({ output, exit_code, completed_by: 'exit', complete: true })
  })

  test('is a session that can be read after its end, and is interrupted by closing it', async () => {
    const { session_id } = await daemon.call<{ session_id: string }>('session.run', {
      command: 'echo started; sleep 60',
      wait_ms: 1,
    })
    await until(async () => (await daemon.read(session_id)).output === 'started\n', 'the first line')
    await daemon.call('session.close', { session_id })
    expect(await daemon.read(session_id)).toMatchObject({
      output: 'started\n',
      complete: true,
      state: 'closed',
    })
  })
})
