import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandLine } from '../../support/command-line.ts'
import { onTerminal } from '../../support/pty.ts'
import { tempDir } from '../../support/temp-dir.ts'

const SECRET = 'the-secret-that-another-computer-of-this-test-has'
const URL_QUESTION = 'URL of the Redis server'
const SECRET_QUESTION = 'The mesh secret'

/** `init --join` on a terminal, up to its first question that is answered unseen; then a look at the terminal. */
async function joining() {
  const dir = tempDir()
  const { binPath, env } = commandLine(dir)
  const line = `"$0" init --join; echo "code $?"; stty -a; echo over`
  const person = onTerminal(['sh', '-c', line, binPath], { env, cwd: dir })
  for (const question of ['Name', 'Plugins', 'Shell', 'Folder', 'Project folders']) {
    await person.shows(question)
    person.types('\r')
  }
  await person.shows(URL_QUESTION)
  const secretFile = `${dir}/config/teleclaude/mesh.secret`
  const dotEnv = `${dir}/config/teleclaude/.env`
  return { ...person, secretFile, dotEnv }
}

/** What `stty -a` says of a terminal as shells want it. */
const SANE = [/[^-]icanon/, /[^-]isig/, /[^-]echo /, /[^-]icrnl/, /[^-]opost/]

test('what is typed for the URL and the secret is not shown, and can be corrected', async () => {
  const at = await joining()
  at.types('http://wrong\r')
  await at.shows('it is redis://host:6379')
  at.types('redis://:hidden@hostzz\x7f\x7f:1\r')
  await at.shows(SECRET_QUESTION)
  at.types('a mistake that is taken back\x15')
  at.types(`\x1b[200~${SECRET}\x1b[201~x\b\r`)
  await at.shows('code 0')
  expect(readFileSync(at.dotEnv, 'utf8')).toBe('TELECLAUDE_REDIS_URL=redis://:hidden@host:1\n')
  expect(readFileSync(at.secretFile, 'utf8')).toBe(`${SECRET}\n`)
  for (const typed of ['wrong', 'hidden', 'mistake', SECRET]) expect(at.shown()).not.toContain(typed)
  await at.shows('over')
  for (const setting of SANE) expect(at.shown()).toMatch(setting)
})

test('several answers that are pasted at once are not shown either', async () => {
  const at = await joining()
  at.types(`redis://:hidden@host:1\r${SECRET}\r`)
  await at.shows('code 0')
  expect(at.shown()).not.toContain(SECRET)
  expect(readFileSync(at.secretFile, 'utf8')).toBe(`${SECRET}\n`)
})

test.each([
  ['Ctrl-C', '\x03', 'interrupted; nothing was written'],
  ['Ctrl-D', '\x04', 'the answers ended'],
])('%s while a secret is typed ends it, and leaves the terminal as it was', async (_name, key, message) => {
  const at = await joining()
  at.types('redis://host:1\r')
  await at.shows(SECRET_QUESTION)
  at.types(`half of a sec${key}`)
  await at.shows(message)
  await at.shows('code 130')
  await at.shows('over')
  for (const setting of SANE) expect(at.shown()).toMatch(setting)
  expect(at.shown()).not.toContain('half')
  expect(existsSync(at.secretFile)).toBe(false)
})
