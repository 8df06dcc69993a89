import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { onTerminal } from '../support/pty.ts'
import { findShell } from '../support/shell-programs.ts'
import { until } from '../support/until.ts'

/** A title that does what it says in a shell that takes it for more than text. */
const HOSTILE = 'build "it"\n$(touch ran)`touch ran`;touch ran \x1b[2J\t\'x'

let dir: string
let teleclaude: CommandLine
let env: Record<string, string>
const ids = { hostile: '', quiet: '' }

beforeAll(async () => {
  dir = mkdtempSync('/tmp/tc-')
  teleclaude = commandLine(dir)
  env = { ...teleclaude.env, PATH: `${dirname(teleclaude.binPath)}:${teleclaude.env.PATH}` }
  expect((await teleclaude.run(['start', '--detach'])).code).toBe(0)
  const start = async (title: string) =>
    (await teleclaude.json<{ session_id: string }>('session', 'start', '--title', title, '--json')).session_id
  ids.hostile = await start(HOSTILE)
  ids.quiet = await start('quiet')
}, 60_000)

afterAll(async () => {
  await teleclaude.run(['stop', '--sessions'])
  expect(existsSync(join(dir, 'ran'))).toBe(false)
  rmSync(dir, { recursive: true })
})

async function asked(...words: string[]): Promise<string[]> {
  const { stdout } = await teleclaude.run(['__complete', ...words])
  return stdout.split('\n').filter(Boolean)
}

test('sessions are completed by their ids, and found by how their titles begin', async () => {
  expect((await asked('bash', 'session', 'get', '')).map(line => line.split('\t')[0])).toEqual([
    ids.quiet,
    ids.hostile,
  ])
  expect(await asked('bash', 'session', 'attach', 'Qui')).toEqual([
    expect.stringMatching(new RegExp(`^${ids.quiet}\tquiet \\(.+\\)$`)),
  ])
  const [hostile = ''] = await asked('bash', 'session', 'get', '"build \\"it')
  expect(hostile).toContain(`${ids.hostile}\tbuild "it"\\x0a$(touch ran)`)
  expect(hostile).not.toMatch(/[\x00-\x08\x0b-\x1f]/)
})

test('the names of computers are completed', async () => {
  const computers = await teleclaude.json<{ computers: { name: string }[] }>('computers', '--json')
  const name = computers.computers[0]?.name ?? ''
  expect(await asked('zsh', 'session', 'list', '--computer', '')).toEqual([`${name}\tonline`])
  expect(await asked('fish', 'session', 'list', '--computer=')).toEqual([`--computer=${name}\tonline`])
})

test('in bash Tab puts the id in the place of what the title begins with, and a list has the titles', async () => {
  writeFileSync(join(dir, '.rc'), 'PS1="> "\nsource <(teleclaude completion bash)\necho loa"ded"')
  const bash = onTerminal(['bash', '--noprofile', '--rcfile', join(dir, '.rc')], { env, cwd: dir })
  await bash.shows('loaded')
  bash.types('teleclaude session get quie\t')
  await bash.shows(`${ids.quiet} `)
  bash.types('\x15teleclaude session get \t\t')
  await bash.shows('-- build "it"\\x0a')
})

test('in bash, keys that put a whole entry of the list into the line put in ids and no titles', async () => {
  const keys = 'bind \'"\\C-t": menu-complete\'\nbind \'"\\C-o": insert-completions\''
  writeFileSync(join(dir, '.rc'), `PS1="> "\nsource <(teleclaude completion bash)\n${keys}\necho loa"ded"`)
  const bash = onTerminal(['bash', '--noprofile', '--rcfile', join(dir, '.rc')], { env, cwd: dir })
  await bash.shows('loaded')
  bash.types('teleclaude session get \x14')
  await until(() => Object.values(ids).some(id => bash.shown().includes(id)), 'an id in the line')
  bash.types('\x15teleclaude session get \x0f')
  await until(() => Object.values(ids).every(id => bash.shown().includes(id)), 'all ids in the line')
  bash.types('\x15echo en"d"\r')
  await bash.shows('end\r\n')
  expect(bash.shown()).not.toMatch(/ -- |touch/)
})

test('in zsh Tab completes commands, and finds sessions by their titles', async () => {
  const { path, env: needed } = await findShell('zsh')
  writeFileSync(
    join(dir, '.zshrc'),
    'PS1="> "\nautoload -Uz compinit\ncompinit -u -d ~/.dump\nsource <(teleclaude completion zsh)\necho loa"ded"\n',
  )
  const zsh = onTerminal([path, '-i'], { env: { ...env, ...needed }, cwd: dir })
  await zsh.shows('loaded')
  zsh.types('teleclaude sess\t')
  await zsh.shows('teleclaude session')
  zsh.types('get quie\t')
  await zsh.shows(ids.quiet)
  zsh.types('\x15teleclaude session get \t')
  await zsh.shows('build "it"\\x0a')
})

test('in fish Tab completes commands, options and sessions, with what they are', async () => {
  const { path, env: needed } = await findShell('fish')
  const script =
    'teleclaude completion fish | source; for line in $argv; echo "= $line"; complete -C $line; end'
  const lines = ['teleclaude sess', 'teleclaude session list --state li', 'teleclaude session get ']
  const { stdout } = await promisify(execFile)(path, ['--no-config', '-c', script, ...lines], {
    env: { ...env, ...needed },
    cwd: dir,
  })
  const [, groups, states, sessions] = stdout.split(/^= .*\n/m)
  expect(groups).toBe('session\n')
  expect(states?.split('\n')).toEqual(expect.arrayContaining(['limited', 'live']))
  expect(sessions).toContain(`${ids.hostile}\tbuild "it"\\x0a$(touch ran)`)
})
