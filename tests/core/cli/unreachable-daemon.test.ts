import { mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acquireLock } from '../../../core/lock.ts'
import { commandLine } from '../../support/command-line.ts'
import { tempDir } from '../../support/temp-dir.ts'

test.each([
  ['stop', ['stop']],
  ['start --detach', ['start', '--detach']],
])('where a daemon has lost its socket, %s does not wait and says what to type', async (_, args) => {
  const dir = tempDir()
  const stateDir = join(dir, 's')
  mkdirSync(stateDir, { mode: 0o700 })
  using _lock = acquireLock(join(stateDir, 'daemon.lock'), stateDir)
  utimesSync(join(stateDir, 'daemon.lock.pid'), 1, 1)
  const { code, stderr } = await commandLine(dir).run(args)
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`cannot be reached.*kill ${process.pid} .*TC_ERR_ALREADY_RUNNING`, 's')),
  ])
})
