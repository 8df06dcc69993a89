import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { complete } from '../../../core/cli/commands/completion-words.ts'
import type { Cli } from '../../../core/cli/context.ts'
import { systemClock } from '../../../core/clock.ts'
import { coreOperations } from '../../../core/operations/index.ts'
import { type CommandLine, commandLine } from '../../support/command-line.ts'
import { onTerminal } from '../../support/pty.ts'
import { tempDir } from '../../support/temp-dir.ts'

let dir: string
let teleclaude: CommandLine
/** As a person has it who has teleclaude on PATH. */
let env: Record<string, string>

beforeEach(() => {
  dir = tempDir()
  teleclaude = commandLine(dir)
  env = { ...teleclaude.env, PATH: `${dirname(teleclaude.binPath)}:${teleclaude.env.PATH}` }
})

/** What bash would put in the place of the last word. */
async function inBash(...words: string[]): Promise<string[]> {
  const script = [
    'eval "$(teleclaude completion bash)"',
    'COMP_WORDS=(teleclaude "$@") COMP_CWORD=$# COMP_TYPE=9',
    '_teleclaude teleclaude',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own.
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n')
  const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words], { env, cwd: dir })
  return stdout.split('\n').filter(Boolean)
}

const NO_DAEMON = { call: (): Promise<unknown> => Promise.reject(new Error('not running')) }

/** The words that are offered, with what is behind them; as the hidden verb prints them where no daemon runs. */
const offered = (shell: string, ...words: string[]) => offeredBy(NO_DAEMON, shell, ...words)

async function offeredBy(daemon: typeof NO_DAEMON, shell: string, ...words: string[]): Promise<string> {
  let printed = ''
  const print = async (text: string) => {
    printed += text
  }
  const facts = { env: teleclaude.env, configPath: undefined, clock: systemClock, tell() {} }
  // What the verb uses of it.
  expect(await complete([shell, ...words], { ...facts, print, daemon } as unknown as Cli)).toBe(0)
  return printed
}

async function wordsFor(...words: string[]): Promise<string[]> {
  const lines = (await offered('bash', ...words)).split('\n').filter(Boolean)
  return lines.map(line => line.split('\t')[0] ?? '')
}

test('commands are completed, those of operations and of plugins too', async () => {
  expect(await wordsFor('do')).toEqual(['doctor'])
  expect(await wordsFor('session', 're')).toEqual(expect.arrayContaining(['read', 'rename', 'resize']))
  const all = await wordsFor('session', '')
  for (const { cli } of coreOperations) {
    const [group, word] = cli ? cli.words.split(' ') : []
    if (group === 'session') expect(all).toContain(word)
  }
  expect(all).toContain('attach')
  expect(await wordsFor('help', 'peers', 'tr')).toEqual(['trust'])
  expect(await wordsFor('nothing', 'li')).toEqual([])
})

test('options that are not there yet are completed, and the values of those that have a choice', async () => {
  expect(await wordsFor('session', 'list', '--st')).toEqual(['--state'])
  expect(await wordsFor('session', 'list', '--state', 'live', '--')).not.toContain('--state')
  expect(await wordsFor('logs', '--plugin', 'redis', '--pl')).toEqual(['--plugin'])
  expect(await wordsFor('session', 'list', '--state', 'li')).toEqual(['limited', 'live'])
  expect(await wordsFor('session', 'list', '--state', '=', 'liv')).toEqual(['live'])
  expect(await wordsFor('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  expect(await wordsFor('--config', 'c.json', 'logs', '--level', 'wa')).toEqual(['warn'])
})

test('the other shells are given the whole word, and what it is behind a tab', async () => {
  expect(await offered('zsh', 'session', 'list', '--state=liv')).toBe('--state=live\n')
  expect(await offered('fish', 'sto')).toMatch(/^stop\tStop the daemon/)
})

test('a title in a quote that is not closed yet finds its session, in every shell', async () => {
  const sessions = [{ id: 'abcdefghijkl', title: 'the long build', computer: 'here', state: 'ready' }]
  const daemon = { call: async () => ({ sessions }) }
  for (const shell of ['bash', 'zsh', 'fish']) {
    expect(await offeredBy(daemon, shell, 'session', 'get', '"the lo')).toMatch(/^abcdefghijkl/)
  }
})

test('where a file is wanted, the shell completes files', async () => {
  for (const words of [
    ['session', 'start', '--cwd', ''],
    ['run', '--', 'l'],
    ['doctor', '--config', ''],
  ]) {
    expect(await offered('bash', ...words)).toBe(':files\n')
  }
})

test('bash offers what it is told, and asks again for every word', async () => {
  expect(await inBash('session', 'list', '--state', 'li')).toEqual(['limited', 'live'])
})

test('without a daemon, with one that hangs, and with a broken configuration nothing is said', async () => {
  const silence = { code: 0, stdout: '', stderr: '' }
  expect(await teleclaude.run(['__complete', 'bash', 'session', 'get', ''])).toEqual(silence)
  mkdirSync(`${dir}/s`, { mode: 0o700 })
  const server = createServer(() => {}).listen(`${dir}/s/control.sock`)
  onTestFinished(() => void server.close())
  expect(await teleclaude.run(['__complete', 'bash', 'session', 'get', ''])).toEqual(silence)
  mkdirSync(`${dir}/config/teleclaude`, { recursive: true })
  writeFileSync(`${dir}/config/teleclaude/teleclaude.config.json`, '{')
  const broken = await teleclaude.run(['__complete', 'bash', 'session', 'li'])
  expect(broken.stdout).toMatch(/^list\t/)
})

test('another shell than those is refused', async () => {
  const { code, stderr } = await teleclaude.run(['completion', 'tcsh'])
  expect(code).toBe(2)
  expect(stderr).toContain('bash, zsh, fish')
})

/** A bash on a terminal that reads this, and then what completes. */
async function bashThatReads(first: string) {
  const rc = `PS1="> "\n${first}\neval "$(teleclaude completion bash)"\necho loa"ded"`
  writeFileSync(join(dir, '.rc'), rc)
  const bash = onTerminal(['bash', '--noprofile', '--rcfile', join(dir, '.rc')], { env, cwd: dir })
  await bash.shows('loaded')
  return bash
}

test('a person at a terminal presses Tab, and the word stands there', async () => {
  const bash = await bashThatReads('')
  bash.types('teleclaude sess\t')
  await bash.shows('teleclaude session ')
  bash.types('li\t--stat\t')
  await bash.shows('session list --state ')
})

test.each([
  ['without compopt, as bash 3.2 of macOS', 'enable -n compopt'],
  ['where unset names are errors', 'set -u'],
])('in a bash %s, files and words are completed, and nothing is said', async (_, first) => {
  mkdirSync(join(dir, 'folder of files'))
  const bash = await bashThatReads(first)
  bash.types('teleclaude doctor --config fol\t')
  await bash.shows('--config folder\\ of\\ files/')
  bash.types('\x15teleclaude session get nothing\t\t\x15')
  bash.types('teleclaude completion fi\t')
  await bash.shows('teleclaude completion fish ')
  expect(bash.shown()).not.toMatch(/compopt|unbound|command not found/)
})
