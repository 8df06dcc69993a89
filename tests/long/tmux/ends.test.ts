import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Harness } from '../../plugins/terminal/harness.ts'
import { findProgram } from '../../support/debian.ts'
import { processesWith } from '../../support/processes.ts'
import { onSocket } from '../../support/tmux.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'

const tmux = await findProgram(tmuxProgram)

test('an end while neither host nor daemon ran is told with its code', async () => {
  await using it = await Harness.create({ backend: 'tmux' })
  const id = await it.start({ command: ['bash', '-c', 'read; exit 9'] })
  const run = onSocket(tmux, join(it.folder, 'tmux', id))
  await it.terminals.detach()
  await it.killHost()
  run('send-keys', 'Enter')
  await until(() => {
    try {
      // tmux 3.3a may miss an end until another program ends.
      run('run-shell', '-b', 'true')
      return run('show-options', '-sqv', '@teleclaude-exit') !== ''
    } catch {
      return false
    }
  }, 'the end of the program')
  await it.crash()
  expect(await it.exit(id)).toMatchObject({ exitCode: 9 })
})

test('a start that its settings keep from coming to an end fails, and nothing is left of it', async () => {
  await using settings = await Harness.create()
  const go = join(settings.folder, 'go')
  const slow = join(settings.folder, 'slow.conf')
  await writeFile(slow, `run-shell 'until test -e ${go}; do sleep 0.1; done'\n`)
  await using it = await Harness.create({ backend: 'tmux', tmuxConfig: slow })
  await expect(it.start({ command: ['cat'] })).rejects.toMatchObject({ code: 'TC_ERR_BACKEND' })
  await writeFile(go, '')
  const folder = join(it.folder, 'tmux')
  await until(() => processesWith(argument => argument.startsWith(folder)).length === 0, 'the server to end')
})
