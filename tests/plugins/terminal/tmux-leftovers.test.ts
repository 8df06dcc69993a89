import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram } from '../../support/debian.ts'
import { processesWith } from '../../support/processes.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

const tmux = await findProgram(tmuxProgram)

/** What tmux runs, and keeps, in the state folder of a test. */
const folderOf = (it: Harness) => join(it.folder, 'tmux')
const processesOf = (it: Harness) => processesWith(argument => argument.startsWith(folderOf(it)))

async function expectNothingLeft(it: Harness): Promise<void> {
  await until(() => readdirSync(folderOf(it)).length === 0, 'the files to go').catch(() => {})
  expect(readdirSync(folderOf(it))).toEqual([])
  await until(() => processesOf(it).length === 0, 'the processes to end').catch(() => {})
  expect(processesOf(it)).toEqual([])
}

test('nothing is left of a start whose tmux begins when its host has gone', async () => {
  await using settings = await Harness.create()
  const go = join(settings.folder, 'go')
  const late = join(settings.folder, 'late-tmux')
  const wait = `case "$*" in *start-server*) until test -e ${go}; do sleep 0.01; done;; esac`
  await writeFile(late, `#!/bin/sh\n${wait}\nexec ${tmux.path} "$@"\n`, { mode: 0o700 })
  await using it = await Harness.create({ backend: 'tmux', tmuxProgram: late })
  const starting = it.start({ command: ['cat'] })
  const refused = expect(starting).rejects.toMatchObject({ code: 'TC_ERR_TERMINAL_HOST' })
  await until(() => processesOf(it).length > 0, 'the tmux that is to start')
  await it.killHost()
  await refused
  await it.crash()
  await writeFile(go, '')
  await expectNothingLeft(it)
})

test('nothing is left of a session whose output waited when its host was killed', async () => {
  await using it = await Harness.create({ backend: 'tmux', highWaterBytes: 16 * 1024 })
  const id = await it.start({ command: ['yes', 'so much'] })
  await until(() => it.sink.raw(id).length > 0, 'output')
  const { promise, resolve } = Promise.withResolvers<void>()
  it.sink.blocked = promise
  // What the control client of the host has not taken by then, tmux cannot tell it any more.
  await untilItWaits(it.sink.sessions.get(id)?.terminal.pid ?? 0)
  await it.killHost()
  resolve()
  await until(() => it.sink.of(id).some(entry => entry.kind === 'gap'), 'the next host')
  await it.terminals.close(id)
  await expectNothingLeft(it)
})

/** Until a program that prints for ever has written nothing for some looks. */
async function untilItWaits(pid: number): Promise<void> {
  let [before, same] = ['', 0]
  await until(() => {
    const written = /^wchar: .*$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[0] ?? ''
    same = written === before ? same + 1 : 0
    before = written
    return same >= 10
  }, 'the program to wait')
}
