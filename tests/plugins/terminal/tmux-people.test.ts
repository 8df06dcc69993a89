import { existsSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionId } from '../../../core/index.ts'
import { findProgram } from '../../support/debian.ts'
import { onTerminal } from '../../support/pty.ts'
import { onSocket } from '../../support/tmux.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

const tmux = await findProgram(tmuxProgram)

/** A person who types what the facts of a session say. */
function person(it: Harness, id: SessionId, size = { cols: 200, rows: 50 }) {
  const line = it.sink.sessions.get(id)?.terminal.attachWith ?? ''
  const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TERM: 'xterm-256color', ...tmux.env }
  const terminal = onTerminal(['sh', '-c', `exec ${line}`], { env, cwd: '/' })
  terminal.resize(size.cols, size.rows)
  return terminal
}

const widths = (it: Harness, id: SessionId) =>
  it.sink.changes.flatMap(([of, { cols }]) => (of === id && cols ? [cols] : []))

function serverOf(it: Harness, id: SessionId) {
  return onSocket(tmux, join(it.folder, 'tmux', id))
}

describe('a person who attaches with tmux', () => {
  let it: Harness
  beforeAll(async () => {
    it = await Harness.create({ backend: 'tmux' })
  })
  afterAll(() => it[Symbol.asyncDispose]())

  test('sees what the agent does, types beside it, and both are in the journal', async () => {
    const id = await it.start()
    await it.run(id, 'echo from-the-agent')
    const ada = person(it, id)
    await ada.shows('from-the-agent')
    ada.types('echo from-$((40+2))\r')
    await ada.shows('from-42')
    await until(() => it.sink.text(id).includes('from-42\r\n'), 'what the person typed')
    expect((await it.run(id, 'echo still-exact')).output).toBe('still-exact\r\n')
    await ada.shows('still-exact')
  })

  test('makes the terminal as small as their window, and its size again when they leave', async () => {
    const id = await it.start({ cols: 100, rows: 30 })
    const ada = person(it, id, { cols: 60, rows: 20 })
    await until(() => it.sink.changes.some(([, facts]) => facts.cols === 60), 'the small size')
    // tmux tells the program a little later.
    await until(async () => (await it.run(id, 'stty size')).output === '19 60\r\n', 'the program to know')
    ada.types('\x02d')
    await ada.ended()
    await until(() => it.sink.changes.at(-1)?.[1].cols === 100, 'the size from before')
    await until(async () => (await it.run(id, 'stty size')).output === '30 100\r\n', 'the program to know')
  })

  test('shares the smallest window, where nothing else is configured, with whoever else is attached', async () => {
    const id = await it.start({ cols: 100, rows: 30 })
    const ada = person(it, id, { cols: 60, rows: 20 })
    const bob = person(it, id, { cols: 80, rows: 24 })
    await it.run(id, 'echo both')
    await Promise.all([ada.shows('both'), bob.shows('both')])
    bob.types('echo from-$((40+2))\r')
    await ada.shows('from-42')
    expect(serverOf(it, id)('display-message', '-p', '#{window_width}')).toBe('60\n')
    await until(() => widths(it, id).at(-1) === 60, 'the smallest window')
    ada.types('\x02d')
    await until(() => widths(it, id).at(-1) === 80, 'the window of who is left')
  })

  test('keeps their own windows and panes when the session is closed, and nothing of these is taken', async () => {
    const id = await it.start()
    const run = serverOf(it, id)
    run('split-window', '-d', 'echo of-the-person; exec cat')
    run('new-window', '-d', 'exec cat')
    expect((await it.run(id, 'echo mine')).output).toBe('mine\r\n')
    await it.terminals.close(id)
    expect(run('list-panes', '-a', '-F', '#{pane_current_command}').trim().split('\n')).toEqual([
      'cat',
      'cat',
    ])
    expect(it.sink.text(id)).not.toContain('of-the-person')
    run('kill-server')
  })

  test('who looks back in copy mode has no keys of the agent taken for theirs', async () => {
    const id = await it.start()
    serverOf(it, id)('copy-mode')
    expect((await it.run(id, 'echo heard')).output).toBe('heard\r\n')
  })

  test('and takes the output for a pipe of their own keeps it, and the journal says what it missed', async () => {
    const id = await it.start()
    const theirs = join(it.folder, 'theirs')
    serverOf(it, id)('pipe-pane', `exec cat >${theirs}`)
    // Longer than it takes until ours is looked after.
    await it.submit(id, 'sleep 1.5; echo la""te')
    await until(() => existsSync(theirs) && readFileSync(theirs, 'utf8').includes('late\r\n'), 'their output')
    expect(it.sink.of(id).filter(entry => entry.kind === 'gap')).toEqual([])
    serverOf(it, id)('pipe-pane')
    await until(() => it.sink.of(id).some(entry => entry.kind === 'gap'), 'the gap')
    // The prompt went to their pipe.
    await it.submit(id, '')
    expect((await it.run(id, 'echo again')).output).toBe('again\r\n')
  })

  test('finds no variable of the session in windows of their own', async () => {
    const id = await it.start({ env: { TELECLAUDE_SESSION_TOKEN: 'token', ASKED_FOR: 'yes' } })
    const shown = serverOf(it, id)('show-environment', '-g')
    expect(shown).toContain('ASKED_FOR=yes')
    expect(shown).not.toMatch(/TELECLAUDE/)
    expect((await it.run(id, 'echo $TELECLAUDE_SESSION_TOKEN')).output).toBe('token\r\n')
  })

  test('is alone with the daemon: the socket and what is kept of the pane are private', async () => {
    const id = await it.start()
    const folder = join(it.folder, 'tmux')
    const [own, record, socket] = await Promise.all(
      [folder, join(folder, `${id}.json`), join(folder, id)].map(path => stat(path)),
    )
    expect([(own?.mode ?? 0) & 0o777, (record?.mode ?? 0) & 0o777]).toEqual([0o700, 0o600])
    expect((socket?.mode ?? 0) & 0o007).toBe(0)
  })
})

test('with tmuxWindowSize latest, the terminal is as large as the window of who typed last', async () => {
  await using it = await Harness.create({ backend: 'tmux', tmuxWindowSize: 'latest' })
  const id = await it.start({ cols: 100, rows: 30 })
  const ada = person(it, id, { cols: 60, rows: 20 })
  const bob = person(it, id, { cols: 80, rows: 24 })
  await it.run(id, 'echo both')
  await Promise.all([ada.shows('both'), bob.shows('both')])
  for (const [who, cols, turn] of [
    [bob, 80, 'first'],
    [ada, 60, 'second'],
    [bob, 80, 'third'],
  ] as const) {
    who.types(`echo ${turn}-$((40+2))\r`)
    // It may have that size already, and what two people type at once comes in any order.
    await until(() => it.sink.text(id).includes(`${turn}-42`), 'what was typed')
    await until(() => widths(it, id).at(-1) === cols, `${cols} columns`)
  }
})
