import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { LogFile } from '../../../core/cli/commands/logs-file.ts'
import { type CommandLine, commandLine } from '../../support/command-line.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'

const record = (level: string, msg: string, plugin?: string) =>
  `${JSON.stringify({ level, time: '2030-01-01T00:00:00.000Z', ...(plugin && { plugin }), msg })}\n`

const CRASH = [
  'node:internal/process/promises:394',
  '      triggerUncaughtException(err, true /* fromPromise */);',
  '      ^',
  '',
  'TypeError: it is not a function',
  '    at main (/daemon.ts:1:2)',
  '',
  'Node.js v24.21.0',
  '',
].join('\n')

let log: string
let teleclaude: CommandLine

beforeEach(() => {
  const dir = tempDir()
  log = `${dir}/s/daemon.log`
  mkdirSync(`${dir}/s`, { mode: 0o700 })
  teleclaude = commandLine(dir)
  writeFileSync(
    log,
    [
      record('info', 'one'),
      record('warn', 'two', 'redis'),
      record('error', 'three', 'telegram'),
      record('info', 'four', 'redis'),
    ].join(''),
  )
})

/** The messages that are shown. */
async function shown(...args: string[]): Promise<string[]> {
  const { stdout } = await teleclaude.run(['logs', '--json', ...args])
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(line => (JSON.parse(line) as { msg: string }).msg)
}

test('logs are filtered by level, by plugins, and by both', async () => {
  expect(await shown()).toEqual(['one', 'two', 'three', 'four'])
  expect(await shown('--level', 'warn')).toEqual(['two', 'three'])
  expect(await shown('--plugin', 'redis')).toEqual(['two', 'four'])
  expect(await shown('--plugin', 'redis', '--level', 'warn')).toEqual(['two'])
  expect(await shown('--plugin', 'redis', '--plugin', 'telegram')).toEqual(['two', 'three', 'four'])
  expect(await shown('--plugin', 'core')).toEqual(['one'])
  expect(await shown('--plugin', 'redis', '-n', '1')).toEqual(['four'])
  expect(await shown('-n', '0')).toEqual([])
})

test('a plugin that is configured and silent is known; another one is refused with those that there are', async () => {
  expect(await shown('--plugin', 'terminal')).toEqual([])
  const { code, stderr } = await teleclaude.run(['logs', '--plugin', 'rediss', '--plugin', 'redis'])
  expect(code).toBe(2)
  expect(stderr).toContain("no plugin 'rediss'")
  expect(stderr).toContain('core, mcp, redis, registry, telegram, terminal')
})

test('how many lines has to be a number', async () => {
  expect((await teleclaude.run(['logs', '-n', 'many'])).code).toBe(2)
})

test('a crash of Node.js is shown as it is, where what is fatal is asked for, and is of no plugin', async () => {
  appendFileSync(log, CRASH)
  const { stdout } = await teleclaude.run(['logs', '--level', 'fatal'])
  expect(stdout).toBe(CRASH.replaceAll('\n\n', '\n'))
  expect((await teleclaude.run(['logs', '--level', 'warn', '--plugin', 'redis'])).stdout).not.toContain(
    'Node.js',
  )
})

test('other lines that the log has not written are no errors', async () => {
  appendFileSync(log, `2 sessions go on\n(node:7) Warning: old\n${record('info', 'five')}null\n[1]\n`)
  expect(await shown('--level', 'error')).toEqual(['three'])
  expect(await shown('--level', 'warn')).toEqual(['two', 'three', '(node:7) Warning: old'])
  expect(await shown('-n', '4')).toEqual(['(node:7) Warning: old', 'five', 'null', '[1]'])
})

test('a line with control characters, or of an unknown level, is shown and obeys nothing', async () => {
  appendFileSync(log, `plain \x1b]0;title\x07\n${record('loud', '\x1b[2Jsix')}`)
  const { stdout } = await teleclaude.run(['logs', '-n', '2'])
  expect(stdout).toContain('plain \\x1b]0;title\\x07\n')
  expect(stdout).toMatch(/loud +\\x1b\[2Jsix\n$/)
})

test('following goes on with what comes, filtered, and in the file that takes the place of a full one', async () => {
  const following = teleclaude.start(['logs', '--follow', '--plugin', 'redis', '--level', 'warn', '-n', '1'])
  await until(() => following.stdout().includes('two'))
  appendFileSync(log, record('warn', 'of telegram', 'telegram') + record('warn', 'of redis', 'redis'))
  await until(() => following.stdout().includes('of redis'))
  renameSync(log, `${log}.1`)
  writeFileSync(log, record('info', 'quiet', 'redis') + record('error', 'in the new one', 'redis'))
  await until(() => following.stdout().includes('in the new one'))
  expect(following.stdout()).not.toMatch(/telegram|quiet|four/)
  following.child.kill('SIGINT')
  await following.ended
})

test('what came last before the log was full, and what was not read of it yet, is shown too', async () => {
  renameSync(log, `${log}.1`)
  writeFileSync(log, record('info', 'five'))
  expect(await shown('-n', '3')).toEqual(['three', 'four', 'five'])
  expect(await shown('-n', '1')).toEqual(['five'])
  expect(await shown('--plugin', 'telegram')).toEqual(['three'])

  const file = new LogFile(log)
  expect([...file.read()].map(({ message }) => message)).toEqual(['five'])
  appendFileSync(log, record('info', 'six'))
  renameSync(log, `${log}.1`)
  expect([...file.read()]).toEqual([])
  writeFileSync(log, record('info', 'seven'))
  expect([...file.read()].map(({ message }) => message)).toEqual(['six', 'seven'])
})

test('a log that is larger than the memory is read, lines without an end included', async () => {
  const text = record('info', 'x'.repeat(1000)).repeat(1000)
  for (let mib = 0; mib < 60; mib++) appendFileSync(log, text)
  appendFileSync(log, `${'y'.repeat(30 * 1024 * 1024)}\n${record('error', 'the last')}`)
  const args = ['logs', '--level', 'error', '--json']
  const { code, stdout } = await teleclaude.run(args, { env: { NODE_OPTIONS: '--max-old-space-size=48' } })
  expect(code).toBe(0)
  expect(stdout).toContain('the last')
})
