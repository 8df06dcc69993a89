import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ControlClient } from '../../../plugins/terminal/host/tmux/control-client.ts'
import { endClient } from '../../../plugins/terminal/host/tmux/leftovers.ts'
import type { PaneRecord } from '../../../plugins/terminal/host/tmux/pane-record.ts'
import { findProgram } from '../../support/debian.ts'
import { isAlive, processesWith } from '../../support/processes.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { personsTmux } from '../../support/tmux.ts'
import { block, untilWaiting } from '../../support/tmux-hold.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

const tmux = await findProgram(tmuxProgram)

/** What tmux runs, and keeps, in the state folder of a test. */
const folderOf = (it: Harness) => join(it.folder, 'tmux')
const processesOf = (it: Harness) => processesWith(argument => argument.startsWith(folderOf(it)))

/** A tmux that starts no server before it may. */
async function lateTmux(): Promise<{ readonly path: string; begin(): Promise<void> }> {
  const folder = tempDir()
  const [path, go] = [join(folder, 'tmux'), join(folder, 'go')]
  const wait = `case "$*" in *start-server*) until test -e ${go}; do sleep 0.01; done;; esac`
  await writeFile(path, `#!/bin/sh\n${wait}\nexec ${tmux.path} "$@"\n`, { mode: 0o700 })
  return { path, begin: () => writeFile(go, '') }
}

async function expectNothingLeft(it: Harness): Promise<void> {
  await until(() => readdirSync(folderOf(it)).length === 0, 'the files to go').catch(() => {})
  expect(readdirSync(folderOf(it))).toEqual([])
  await until(() => processesOf(it).length === 0, 'the processes to end').catch(() => {})
  expect(processesOf(it)).toEqual([])
}

describe('nothing is left of a start', () => {
  test('whose tmux begins when its host has gone', async () => {
    const late = await lateTmux()
    await using it = await Harness.create({ backend: 'tmux', tmuxProgram: late.path })
    const starting = it.start({ command: ['cat'] })
    const refused = expect(starting).rejects.toMatchObject({ code: 'TC_ERR_TERMINAL_HOST' })
    await until(() => processesOf(it).length > 0, 'the tmux that is to start')
    await it.killHost()
    await refused
    await it.crash()
    await late.begin()
    await expectNothingLeft(it)
  })

  test('that ends when another daemon has taken the place of the one that asked for it', async () => {
    const late = await lateTmux()
    await using it = await Harness.create({ backend: 'tmux', tmuxProgram: late.path })
    const starting = it.start({ command: ['cat'] })
    const refused = expect(starting).rejects.toMatchObject({ code: 'TC_ERR_TERMINAL_HOST' })
    await until(() => processesOf(it).length > 0, 'the tmux that is to start')
    await it.crash()
    await refused
    await late.begin()
    await expectNothingLeft(it)
  })
})

test('nothing is left of a session whose output waited when its host was killed', async () => {
  await using it = await Harness.create({ backend: 'tmux', highWaterBytes: 16 * 1024 })
  const id = await it.start({ command: ['yes', 'so much'] })
  await until(() => it.sink.raw(id).length > 0, 'output')
  const { release } = block(it)
  // What the control client of the host has not taken by then, tmux cannot tell it any more.
  await untilWaiting(it.sink.sessions.get(id)?.terminal.pid ?? 0)
  await it.killHost()
  release()
  await until(() => it.sink.of(id).some(entry => entry.kind === 'gap'), 'the next host')
  await it.terminals.close(id)
  await expectNothingLeft(it)
})

test('of a host that was killed only its own client is ended, not whoever has the number of it on a later server', async () => {
  const folder = tempDir()
  const theirs = await personsTmux(folder, 'exec cat')
  const place = { program: tmux.path, socket: theirs.socket }
  const args = ['-S', theirs.socket, 'attach-session', '-t', 'work']
  const client = await ControlClient.open({ ...place, args, env: { ...tmux.env }, cwd: '/', folder })
  onTestFinished(() => client.close())
  const clients = () => theirs.run('list-clients', '-F', '#{client_pid}').trim()
  await until(() => clients() === `${client.pid}`, 'the client to be attached')
  const server = theirs.run('display-message', '-p', '#{pid},#{start_time}').trim()
  const pid = client.pid ?? 0
  // Only what is read of it.
  const record = (server: string) => ({ ...place, server, client: pid }) as PaneRecord
  await endClient(record(`${server}0`))
  expect(isAlive(pid)).toBe(true)
  expect(clients()).toBe(`${pid}`)
  await endClient(record(server))
  await client.ended
})
