import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DaemonStatus } from '../../core/daemon-service.ts'
import type { Session } from '../../core/sessions/session.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { until } from '../support/until.ts'

let dir: string
let teleclaude: CommandLine

beforeAll(async () => {
  dir = mkdtempSync('/tmp/tc-')
  teleclaude = commandLine(dir)
  await teleclaude.json('start', '--detach', '--json')
})
afterAll(async () => {
  await teleclaude.run(['stop', '--sessions'])
  rmSync(dir, { recursive: true })
})

const run = (...command: string[]) => teleclaude.run(['run', '--', ...command])
const sessions = async () =>
  (await teleclaude.json<{ sessions: Session[] }>('session', 'list', '--json')).sessions
const sessionOf = async (command: string) => (await sessions()).find(({ title }) => title.includes(command))

async function startSession(title: string): Promise<string> {
  const { session_id } = await teleclaude.json<{ session_id: string }>(
    'session',
    'start',
    '--title',
    title,
    '--json',
  )
  return session_id
}

test('status is one JSON object with the pid of the daemon', async () => {
  const status = await teleclaude.json<DaemonStatus>('status', '--json')
  expect(status).toMatchObject({ ready: true, state_dir: `${dir}/s` })
  expect(() => process.kill(status.pid, 0)).not.toThrow()
})

test('start --detach where the daemon runs already is done, and says so', async () => {
  const { pid } = await teleclaude.json<DaemonStatus>('status', '--json')
  expect(await teleclaude.json('start', '--detach', '--json')).toMatchObject({ pid, stateDir: `${dir}/s` })
  const { code, stdout } = await teleclaude.run(['start', '--detach'])
  expect([code, stdout]).toEqual([0, expect.stringContaining(`It ran already, as process ${pid}`)])
  expect(stdout).toContain(`log      ${dir}/s/daemon.log`)
})

test('start --detach with another configuration than the daemon that runs is refused', async () => {
  writeFileSync(`${dir}/other.json`, '{}')
  const { code, stderr } = await teleclaude.run(['start', '--detach', '--config', `${dir}/other.json`])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/other\.json.*TC_ERR_ALREADY_RUNNING/s)])
})

test.each([
  [0, ['true']],
  [7, ['sh', '-c', 'exit 7']],
  [137, ['sh', '-c', 'kill -9 $$']],
  [127, ['no-such-command-here']],
])('run exits with %i as its command does', async (expected, command) => {
  expect((await run(...command)).code).toBe(expected)
})

test('run prints clean text with plain line ends, the arguments as given', async () => {
  const { stdout } = await run('printf', '%s\\n', 'a  b', '$HOME', '*', '--json', '\x1b[31mred\x1b[0m')
  expect(stdout).toBe('a  b\n$HOME\n*\n--json\nred\n')
})

test('run runs in this folder, or in the one given', async () => {
  expect((await run('pwd')).stdout).toBe(`${dir}\n`)
  expect((await teleclaude.run(['run', '--cwd', '/usr', 'pwd'])).stdout).toBe('/usr\n')
  expect((await teleclaude.run(['run', '--cwd', 'nowhere', 'pwd'])).stderr).toContain('TC_ERR_CWD')
})

test('run prints what comes while it comes', async () => {
  const running = teleclaude.start([
    'run',
    '--',
    'sh',
    '-c',
    `echo first; until [ -e ${dir}/go ]; do sleep 0.02; done; echo second`,
  ])
  await until(() => running.stdout() === 'first\n', 'the first line')
  await run('touch', `${dir}/go`)
  expect(await running.ended).toMatchObject({ code: 0, stdout: 'first\nsecond\n' })
})

test('run prints every line of much output', async () => {
  const { stdout } = await run('seq', '1', '100000')
  expect(stdout.length).toBe(588_895)
  expect(stdout.endsWith('\n99999\n100000\n')).toBe(true)
})

test('run --json prints the result as one object', async () => {
  const { code, stdout } = await teleclaude.run(['run', '--json', '--', 'sh', '-c', 'echo hi; exit 3'])
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({
    output: 'hi\n',
    complete: true,
    completed_by: 'exit',
    exit_code: 3,
  })
})

test('Ctrl-C interrupts the command of run, whose exit code it is', async () => {
  const script = 'trap "echo caught; exit 42" INT; echo ready; while :; do sleep 0.02; done'
  const running = teleclaude.start(['run', '--', 'sh', '-c', script])
  await until(() => running.stdout().includes('ready'), 'the command')
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 42, stdout: expect.stringContaining('caught') })
})

test('a second Ctrl-C ends a command that ignores the first', async () => {
  const script = 'trap "echo ignored" INT; : deaf; echo ready; while :; do sleep 0.02; done'
  const running = teleclaude.start(['run', '--', 'sh', '-c', script])
  await until(() => running.stdout().includes('ready'), 'the command')
  running.child.kill('SIGINT')
  await until(() => running.stdout().includes('ignored'), 'the interrupt')
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect((await sessionOf('deaf'))?.state).toBe('closed')
})

test('SIGTERM ends the command of run', async () => {
  const running = teleclaude.start(['run', '--', 'sh', '-c', ': longlife; echo ready; sleep 60'])
  await until(() => running.stdout().includes('ready'), 'the command')
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(143)
  expect((await sessionOf('longlife'))?.state).toBe('closed')
})

test('when the reader of its output goes away, run ends quietly and so does its command', async () => {
  const running = teleclaude.start(['run', '--', 'sh', '-c', ': pipe; yes'])
  await until(() => running.stdout().length > 0, 'output')
  running.child.stdout?.destroy()
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  expect((await sessionOf(': pipe'))?.state).toBe('closed')
})

test('a session is started, written to, read and ended', async () => {
  const id = await startSession('demo')
  expect(await teleclaude.run(['session', 'send', id, 'echo one; false'])).toMatchObject({
    code: 0,
    stdout: 'one\n',
  })
  expect(await teleclaude.json('session', 'send', id, 'echo two', '--json')).toMatchObject({
    output: 'two\n',
    complete: true,
    exit_code: 0,
  })
  const { stdout } = await teleclaude.run(['session', 'read', id])
  expect(stdout).toMatch(/\none\n.*\ntwo\n/s)
  expect(await teleclaude.json('session', 'get', '--json', id)).toMatchObject({
    adapterTypes: [],
    adapterMetadata: {},
  })
  expect((await teleclaude.run(['session', 'rename', id, 'new name'])).stdout).toContain('new name')
  expect((await teleclaude.run(['session', 'close', id])).stdout).toContain('closed')
  expect(await teleclaude.run(['session', 'send', id, 'x'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('TC_ERR_SESSION_CLOSED'),
  })
})

test('session read --follow goes on until the session ends', async () => {
  const id = await startSession('followed')
  const following = teleclaude.start(['session', 'read', '--follow', id])
  await teleclaude.run(['session', 'send', id, 'echo live-$((40 + 2))'])
  await until(() => following.stdout().includes('\nlive-42\n'), 'the output')
  await teleclaude.run(['session', 'close', id])
  expect((await following.ended).code).toBe(0)
})

test('session send that is not complete says how to read on and exits with 1', async () => {
  const id = await startSession('waiting')
  const { code, stderr } = await teleclaude.run(['session', 'send', id, '--wait-ms', '100', 'sleep 60'])
  expect([code, stderr]).toEqual([1, expect.stringContaining(`session read ${id} --since `)])
  await teleclaude.run(['session', 'interrupt', id])
  await teleclaude.run(['session', 'close', id])
})

test('an unknown session is named', async () => {
  expect(await teleclaude.run(['session', 'get', 'nosuch'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('TC_ERR_SESSION_NOT_FOUND'),
  })
})

test('hostile titles cannot write over a table', async () => {
  const id = await startSession('evil\x1b[2J\x1b]0;owned\x07')
  const { stdout } = await teleclaude.run(['session', 'list'])
  expect(stdout).not.toContain('\x1b')
  expect(stdout).toContain('evil\\x1b[2J')
  await teleclaude.run(['session', 'close', id])
})

test('computers, projects and the log are there for people and programs', async () => {
  expect(await teleclaude.json('computers', '--json')).toMatchObject({
    computers: [{ status: 'online', self: true }],
  })
  expect(await teleclaude.json('projects', '--json')).toMatchObject({ projects: [] })
  expect((await teleclaude.run(['logs'])).stdout).toContain('session started')
  const [first = ''] = (await teleclaude.run(['logs', '--json', '-n', '1'])).stdout.split('\n')
  expect(JSON.parse(first)).toHaveProperty('time')
  const following = teleclaude.start(['logs', '--follow', '-n', '0'])
  const id = await startSession('logged')
  await until(() => following.stdout().includes(id), 'the new record')
  following.child.kill('SIGINT')
  expect((await following.ended).code).toBe(0)
})

test('what runs in a session speaks as that session, and cannot stop the daemon', async () => {
  const id = await startSession('inside')
  const forged = await teleclaude.run(['status'], { env: { TELECLAUDE_SESSION_TOKEN: 'forged' } })
  expect(forged.stderr).toContain('TC_ERR_UNAUTHENTICATED')
  const bin = teleclaude.binPath
  const inside = await teleclaude.json<{ output: string }>('session', 'send', id, `${bin} stop`, '--json')
  expect(inside.output).toContain('TC_ERR_FORBIDDEN')
  expect((await teleclaude.run(['status'])).code).toBe(0)
})

test('run goes on when the daemon is stopped and started again', async () => {
  const running = teleclaude.start([
    'run',
    '--',
    'sh',
    '-c',
    `echo before; until [ -e ${dir}/back ]; do sleep 0.02; done; echo after`,
  ])
  await until(() => running.stdout().includes('before'), 'the command')
  await teleclaude.json('stop', '--json')
  await teleclaude.json('start', '--detach', '--json')
  await run('touch', `${dir}/back`)
  expect(await running.ended).toMatchObject({ code: 0, stdout: 'before\nafter\n' })
})

test('session close --all ends every session', async () => {
  await startSession('one')
  await startSession('two')
  const { sessions: closed } = await teleclaude.json<{ sessions: Session[] }>(
    'session',
    'close',
    '--all',
    '--json',
  )
  expect(closed.length).toBeGreaterThanOrEqual(2)
  const live = await teleclaude.json<{ sessions: Session[] }>('session', 'list', '--state', 'live', '--json')
  expect(live.sessions).toEqual([])
})

test('start in the foreground says what to type next, and the first signal closes it', async () => {
  const other = mkdtempSync('/tmp/tc-')
  const here = commandLine(other)
  const daemon = here.start(['start'])
  await until(() => daemon.stdout().includes('Ctrl-C'), 'the daemon')
  expect(daemon.stdout()).toContain(`state    ${other}/s`)
  expect(daemon.stdout()).toContain('plugins  terminal, registry, mcp')
  expect(daemon.stdout()).toMatch(/teleclaude run -- ls -la/)
  expect(daemon.stdout()).toContain(
    `claude mcp add teleclaude -e TELECLAUDE_STATE_DIR=${other}/s -- ${here.binPath} mcp`,
  )
  await here.run(['session', 'start', '--title', 'stays'])
  daemon.child.kill('SIGINT')
  const { code, stdout } = await daemon.ended
  expect(code).toBe(0)
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
    /1 session goes on; end them with: .*teleclaude stop --sessions$/,
  )
  // Without a daemon: one is started to end them.
  expect(await here.run(['stop', '--sessions'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No session'),
  })
  rmSync(other, { recursive: true })
})

test('a start that fails in the background says why', async () => {
  const other = mkdtempSync('/tmp/tc-')
  const { code, stderr } = await commandLine(other).run(['start', '--detach', '--config', `${other}/none.ts`])
  expect([code, stderr]).toEqual([1, expect.stringContaining('TC_ERR_CONFIG_LOAD')])
  rmSync(other, { recursive: true })
})

test('of many that start the daemon at once one does, and a kill -9 leaves nothing in the way', async () => {
  const other = mkdtempSync('/tmp/tc-')
  const here = commandLine(other)
  const starts = await Promise.all([1, 2, 3].map(() => here.run(['start', '--detach', '--json'])))
  const { pid } = await here.json<DaemonStatus>('status', '--json')
  expect(starts.map(({ code, stdout }) => [code, JSON.parse(stdout).pid])).toEqual(Array(3).fill([0, pid]))
  process.kill(pid, 'SIGKILL')
  await until(async () => (await here.run(['status'])).code === 3, 'the daemon to be gone')
  expect((await here.run(['start', '--detach'])).code).toBe(0)
  await here.run(['stop', '--sessions'])
  rmSync(other, { recursive: true })
})

test('in a terminal, run shows colours and has the size of the window', async () => {
  const { spawn } = await import('node-pty')
  const terminal = spawn(
    teleclaude.binPath,
    ['run', '--', 'sh', '-c', 'stty size; printf "\\033[31mred\\033[0m\\n"; read x'],
    {
      cols: 91,
      rows: 33,
      cwd: dir,
      env: { ...teleclaude.env, TERM: 'xterm-256color' },
    },
  )
  let shown = ''
  terminal.onData(text => {
    shown += text
  })
  await until(() => shown.includes('red'), 'the output')
  expect(shown).toContain('33 91')
  expect(shown).toContain('\x1b[31mred')
  terminal.write('\x03')
  const { exitCode } = await new Promise<{ exitCode: number }>(resolve => terminal.onExit(resolve))
  expect(exitCode).toBe(130)
})
