import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../../core/clock.ts'
import { checkRcFiles, rcFilesOf } from '../../../../plugins/terminal/checkup/rc-files.ts'
import { checkShell } from '../../../../plugins/terminal/checkup/shells.ts'
import { findShell } from '../../../support/shell-programs.ts'
import { homeWith } from './home.ts'

const LOOK = { clock: systemClock, commandLine: 'npx teleclaude' }
/** So long that a busy computer is not taken for slow rc files. */
const PATIENT = { slowMs: 20_000, startMs: 30_000, fileMs: 30_000 }
/** What never comes is not waited for in vain. */
const HASTY = { slowMs: 20_000, startMs: 1000, fileMs: 1000 }

async function found(files: Readonly<Record<string, string>>, limits = PATIENT) {
  const { home, login } = homeWith(files)
  const { program } = await checkShell(login, undefined)
  if (!program) throw new Error('there is no bash')
  return { rc: join(home, '.bashrc'), ...(await checkRcFiles(program, LOOK, limits)) }
}

test('rc files that leave the marks alone are fine', async () => {
  expect(await found({ '.bashrc': 'PS1="> "; alias ll="ls -l"' })).toMatchObject({
    state: 'ok',
    message: expect.stringMatching(/^bash marks its prompts after \d/),
  })
})

test('what prints before the first prompt is told with the file that does', async () => {
  const { rc, ...finding } = await found({ '.bashrc': 'echo "Welcome   back"; printf "\\e[31mred\\e[0m"' })
  expect(finding).toMatchObject({ state: 'warn', fix: expect.stringContaining(rc) })
  expect(finding.message.split('\n')).toEqual([
    "bash prints before its first prompt: 'Welcome back red'",
    `${rc} prints 'Welcome back red'`,
  ])
})

test('what a session alone does not need can be put behind the variable that doctor names', async () => {
  const guarded = 'if [ -z "$TELECLAUDE_SESSION_ID" ]; then echo hello; fi'
  expect(await found({ '.bashrc': guarded })).toMatchObject({ state: 'ok' })
})

test('rc files that take long are told with the time that they took', async () => {
  const limits = { ...PATIENT, slowMs: 400 }
  const { rc, message } = await found({ '.bashrc': 'sleep 0.5' }, limits)
  expect(message).toMatch(/^bash takes \d+\.\d s to its first prompt, in every session\n/)
  expect(message).toMatch(new RegExp(`\n${rc} takes \\d+\\.\\d s$`))
})

test('a program that comes back is not told as one that does not, only how long it takes', async () => {
  const limits = { slowMs: 400, startMs: 30_000, fileMs: 100 }
  const { rc, message } = await found({ '.bashrc': 'sleep 0.5' }, limits)
  expect(message).toMatch(new RegExp(`\n${rc} takes \\d+\\.\\d s$`))
})

test('rc files that start another shell in place of this one are told with that shell and the line', async () => {
  const { rc, message, state } = await found({ '.bashrc': '# then dash\n\nexec dash -i\n' }, HASTY)
  expect(state).toBe('warn')
  expect(message).toContain("'dash' runs in its place")
  expect(message).toContain(`${rc}:3 probably starts 'dash'`)
})

test('rc files that wait for something are told with what they wait for', async () => {
  const { rc, message } = await found({ '.bashrc': 'sleep 1000' }, HASTY)
  expect(message).toContain(`${rc}:1 probably starts 'sleep'`)
})

test('rc files that end the shell fail, with the exit code', async () => {
  const { rc, message, state } = await found({ '.bashrc': 'set -e; false' })
  expect(state).toBe('fail')
  expect(message.split('\n')).toEqual([
    'bash ended with exit code 1 before its first prompt, and so does every session',
    `${rc} probably ends the shell (exit code 1)`,
  ])
})

test('rc files that print for ever are ended, and take no room', async () => {
  const { message } = await found({ '.bashrc': 'yes' }, HASTY)
  expect(message).toContain("probably starts 'yes'")
})

test('files of zsh that are read alone have the ZDOTDIR of the user, where they may leave something', async () => {
  const { path, env } = await findShell('zsh')
  const { home, login } = homeWith({ '.zshrc': 'print -r -- $+ZDOTDIR >>~/seen; print hello' })
  const { program } = await checkShell({ ...login, ...env }, path)
  if (!program) throw new Error('there is no zsh')
  expect((await checkRcFiles(program, LOOK, PATIENT)).message).toContain(`${home}/.zshrc prints 'hello'`)
  expect(readFileSync(join(home, 'seen'), 'utf8')).toBe('0\n0\n')
})

test('the greeting of fish, which no file prints, is told with the line that keeps it out of sessions', async () => {
  const { path, env } = await findShell('fish')
  const generated = { '.local/share/fish/generated_completions/none': '' }
  const look = async (files: Readonly<Record<string, string>>) => {
    const { program } = await checkShell({ ...homeWith({ ...generated, ...files }).login, ...env }, path)
    if (!program) throw new Error('there is no fish')
    return await checkRcFiles(program, LOOK, PATIENT)
  }
  const { state, message, fix = '' } = await look({})
  expect([state, message]).toEqual(['warn', expect.stringContaining('Welcome to fish')])
  const [place, line = ''] = fix.split(': ')
  expect(place).toContain('~/.config/fish/config.fish')
  expect(await look({ '.config/fish/config.fish': line })).toMatchObject({ state: 'ok' })
})

test('what no file does alone has something to type too', async () => {
  // Read alone, it is given words.
  const { fix } = await found({ '.bashrc': 'test $# = 0 && sleep 1000' }, HASTY)
  expect(fix).toMatch(/None of its files.*session attach/)
})

test('of zsh and fish the files are those that they read', () => {
  const { home, login } = homeWith({ '.zshrc': '', 'dots/.zshenv': '', '.config/fish/conf.d/a.fish': '' })
  expect(rcFilesOf('zsh', login)).toContain(join(home, '.zshrc'))
  expect(rcFilesOf('zsh', { ...login, TELECLAUDE_ZDOTDIR: join(home, 'dots') })).toContain(
    join(home, 'dots/.zshenv'),
  )
  expect(rcFilesOf('fish', login)).toContain(join(home, '.config/fish/conf.d/a.fish'))
})

test('many snippets of fish do not hide its config.fish, nor does an odd name of the home folder', () => {
  const snippets = Array.from({ length: 20 }, (_, i) => [`a[b]/.config/fish/conf.d/${i}.fish`, ''])
  const { home, login } = homeWith({ 'a[b]/.config/fish/config.fish': '', ...Object.fromEntries(snippets) })
  const files = rcFilesOf('fish', { ...login, HOME: join(home, 'a[b]') })
  expect(files).toContain(join(home, 'a[b]/.config/fish/config.fish'))
  expect(files).toHaveLength(12)
})
