import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EXIT_CODES } from '../../../core/cli/exit-codes.ts'
import { type CommandLine, commandLine } from '../../support/command-line.ts'

let dir: string
let teleclaude: CommandLine

beforeEach(() => {
  dir = mkdtempSync('/tmp/tc-')
  teleclaude = commandLine(dir)
})
afterEach(() => rmSync(dir, { recursive: true }))

test('--version prints the version, and loads neither zod nor commander nor anything native', () => {
  const listen = `data:text/javascript,${encodeURIComponent(
    "import { registerHooks } from 'node:module'; registerHooks({ load: (url, c, next) => { process.stderr.write(url + '\\n'); return next(url, c) } })",
  )}`
  const main = resolve(import.meta.dirname, '../../../bin/teleclaude.mjs')
  const args = ['--conditions=teleclaude-source', '--import', listen, main, '--version']
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(stderr).toContain('core/cli/main.ts')
  expect(stderr).not.toMatch(/zod|commander|better-sqlite3|node-pty|pino/)
})

test('--help lists every verb and the exit codes, without colours when piped', async () => {
  const { code, stdout } = await teleclaude.run(['--help'])
  expect(code).toBe(0)
  for (const verb of ['start', 'run', 'session list', 'session attach', 'config check', 'computers', 'mcp']) {
    expect(stdout).toMatch(new RegExp(`^  ${verb} +\\S`, 'm'))
  }
  for (const [, meaning] of EXIT_CODES) expect(stdout).toContain(meaning)
  expect(stdout).not.toContain('\x1b')
})

test('nothing at all, and a group alone, show what there is and count as wrong usage', async () => {
  expect(await teleclaude.run([])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Usage:'),
  })
  const group = await teleclaude.run(['session'])
  expect(group).toMatchObject({ code: 2, stderr: expect.stringContaining('session rename') })
  expect(group.stderr).not.toContain('config check')
  expect((await teleclaude.run(['session', '--help'])).code).toBe(0)
})

test('help of one verb is its own, however it is asked for', async () => {
  const { code, stdout } = await teleclaude.run(['session', 'rename', '--help'])
  expect(code).toBe(0)
  expect(stdout).toContain('session rename [options] <session-id> [title]')
  expect((await teleclaude.run(['help', 'session', 'rename'])).stdout).toBe(stdout)
})

test.each([
  [['mcp'], '--start  '],
  [['session', 'attach'], '--detach-key <key>  '],
])('%s, whose plugin reads its own line, has its help too', async (words, option) => {
  const { code, stdout, stderr } = await teleclaude.run([...words, '--help'])
  expect([code, stdout, stderr]).toEqual([0, expect.stringContaining(option), ''])
})

test.each([
  [['sesion', 'list'], "Did you mean 'session list'?"],
  [['cp', 'a', 'workstation:b'], "'cp' comes with the plugin 'files'"],
  [['frobnicate'], '--help'],
  [['--frobnicate'], "option '--frobnicate'"],
  [['session', 'list', '--frobnicate'], "option '--frobnicate'"],
  [['session', 'get'], 'session-id'],
  [['session', 'start'], '--title'],
  [['session', 'close'], '--all'],
  [['session', 'close', 'x', '--all'], '--all'],
  [['session', 'resize', 'x', 'wide', '5'], 'number'],
  [['session', 'list', '--state', 'odd'], 'odd'],
  [['run'], 'command'],
])('%j is wrong usage: exit code 2 and what is wrong', async (args, what) => {
  const { code, stdout, stderr } = await teleclaude.run(args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^teleclaude: .*\(TC_ERR_INVALID_INPUT\)\n$/s)
  expect(stderr).toContain(what)
})

test.each([
  [['status']],
  [['stop']],
  [['stop', '--sessions']],
  [['computers']],
  [['session', 'list']],
  [['session', 'read', 'abc', '--follow']],
  [['session', 'send', 'abc', 'hi']],
  [['session', 'close', '--all']],
  [['run', '--', 'ls', '-la']],
  [['logs']],
])('%j without a daemon exits with 3 and says how to start one', async args => {
  const { code, stdout, stderr } = await teleclaude.run(args)
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/teleclaude start.*\(TC_ERR_NOT_RUNNING\)\n$/)
})

test('in a checkout, errors name the command as it is typed there', async () => {
  for (const words of [['status'], ['stop'], ['session', 'list']]) {
    const { code, stderr } = await teleclaude.run(words)
    expect([code, stderr]).toEqual([3, expect.stringContaining('Start one with: npx teleclaude start')])
  }
})

test('with --json an error is one JSON object, on stderr', async () => {
  const { stdout, stderr } = await teleclaude.run(['session', 'list', '--json'])
  expect(stdout).toBe('')
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'TC_ERR_NOT_RUNNING', retryable: true } })
})

test('--json after -- is part of the command', async () => {
  expect((await teleclaude.run(['run', '--', 'ls', '--json'])).stderr).toMatch(/^teleclaude: /)
})

test('the configuration of the current folder is code of strangers: verbs do not run it', async () => {
  writeFileSync(
    `${dir}/teleclaude.config.mjs`,
    `import { writeFileSync } from 'node:fs'; writeFileSync('${dir}/ran', '')`,
  )
  await teleclaude.run(['session', 'list'])
  await teleclaude.run(['computers'])
  await teleclaude.run(['status'])
  expect(existsSync(`${dir}/ran`)).toBe(false)
})

test('a broken configuration is named, and keeps nobody from using the daemon that runs', async () => {
  mkdirSync(`${dir}/config/teleclaude`, { recursive: true })
  writeFileSync(`${dir}/config/teleclaude/teleclaude.config.json`, '{"plugins":["terminl"]}')
  const { code, stderr } = await teleclaude.run(['session', 'list'])
  expect(code).toBe(3)
  expect(stderr).toContain("Did you mean 'terminal'?")
})

test('config check passes a good configuration and lists every problem of a bad one', async () => {
  const path = `${dir}/my.json`
  writeFileSync(path, '{"computer":{"name":"alpha"},"plugins":["registry"]}')
  expect(await teleclaude.json('config', 'check', '--config', path, '--json')).toMatchObject({
    ok: true,
    computer: 'alpha',
    plugins: ['registry'],
  })
  writeFileSync(path, '{"computer":{"name":"Alpha!"},"plugins":["registri"],"frob":1}')
  const { code, stderr } = await teleclaude.run(['config', 'check', '--config', path])
  expect(code).toBe(1)
  for (const problem of ['computer.name', "'registry'", 'frob']) expect(stderr).toContain(problem)
  const asJson = await teleclaude.run(['--config', path, 'config', 'check', '--json'])
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([expect.stringContaining('frob')]),
  })
})

test('doctor finds nothing broken here, and says how to start the daemon', async () => {
  const found = await teleclaude.json<{
    ok: boolean
    checks: { id: string; level: string; what: string; fix: string | null }[]
  }>('doctor', '--json')
  expect(found.ok).toBe(true)
  for (const check of found.checks) expect(Object.keys(check)).toEqual(['id', 'level', 'what', 'fix'])
  expect(found.checks.find(({ id }) => id === 'daemon')).toMatchObject({
    level: 'warn',
    fix: expect.stringContaining('start'),
  })
  for (const name of ['better-sqlite3', 'node-pty', 'shell', 'rc-files'])
    expect(found.checks.find(({ id }) => id === name)?.level).toBe('ok')
})

test('doctor fails where others can write to the state folder, and says what to type', async () => {
  mkdirSync(`${dir}/s`)
  spawnSync('chmod', ['777', `${dir}/s`])
  const { code, stdout } = await teleclaude.run(['doctor'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/^fail +state folder +.*chmod 700/m)
})

test('init --yes writes a typed configuration that passes, for its owner alone, and never over another', async () => {
  const { code, stdout } = await teleclaude.run(['init', '--yes'])
  const path = `${dir}/config/teleclaude/teleclaude.config.ts`
  expect(code).toBe(0)
  expect(stdout).toContain(`claude mcp add teleclaude -e TELECLAUDE_STATE_DIR=${dir}/s -- `)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect((await teleclaude.run(['config', 'check'])).stdout).toContain(path)
  writeFileSync(path, '// mine')
  expect((await teleclaude.run(['init', '--yes'])).code).toBe(2)
  expect((await teleclaude.run(['init'], { input: 'no\n' })).code).toBe(1)
  expect(readFileSync(path, 'utf8')).toBe('// mine')
})

test('init asks, asks again where an answer is wrong, and writes the answers', async () => {
  const path = `${dir}/mine.config.ts`
  mkdirSync(`${dir}/it's`)
  const input = ['Bad Name', 'beta', 'registry, mcp', '/bin/sh', '', `${dir}/it's`, 'no', ''].join('\n')
  const { code, stderr } = await teleclaude.run(['init', '--config', path], { input })
  expect([code, stderr]).toEqual([0, expect.stringContaining('lower-case')])
  const checked = await teleclaude.json('config', 'check', '--config', path, '--json')
  expect(checked).toMatchObject({ ok: true, computer: 'beta', plugins: ['registry', 'mcp'] })
  expect(readFileSync(path, 'utf8')).toContain("defaultShell: '/bin/sh'")
})
