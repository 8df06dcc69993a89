import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { signal } from '../support/processes.ts'
import { root } from '../support/source-files.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/until.ts'

/** npm and the daemon, as a shell starts them: a process group of their own. */
function npmStart() {
  const env = { ...process.env, TELECLAUDE_STATE_DIR: join(tempDir(), 's'), TELECLAUDE_CONFIG: '' }
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const group = -(npm.pid ?? 0)
  onTestFinished(() => signal(group, 'SIGKILL'))
  const printed = { text: '' }
  npm.stdout.on('data', chunk => {
    printed.text += chunk
  })
  return { npm, group, printed }
}

test.each([
  ['Ctrl-C, which reaches npm and the daemon', 'SIGINT', true],
  ['SIGTERM to npm, which hands it on', 'SIGTERM', false],
] as const)('npm start ends with exit code 0 after %s', async (_, name, isGroup) => {
  const { npm, group, printed } = npmStart()
  await until(() => printed.text.includes('is ready'), 'a ready daemon', 30_000)
  const closed = once(npm, 'close')
  signal(isGroup ? group : -group, name)
  expect(await closed).toEqual([0, null])
  expect(printed.text).toContain('No session goes on.')
})
