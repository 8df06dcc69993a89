import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationCall, SessionId } from '../../../core/index.ts'
import { sessionAdopt } from '../../../plugins/terminal/tmux/session-adopt.ts'
import { findProgram } from '../../support/debian.ts'
import { onTerminal } from '../../support/pty.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { type PersonsTmux, personsTmux } from '../../support/tmux.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

function adopt(it: Harness, { socket }: PersonsTmux, target: string): Promise<SessionId> {
  return it.start({ existing: { socket, target } })
}

describe('a pane that is there already', () => {
  let it: Harness
  beforeAll(async () => {
    it = await Harness.create()
  })
  afterAll(() => it[Symbol.asyncDispose]())

  test('becomes a session: what is on its screen comes first, then what it prints; what is typed goes in', async () => {
    const theirs = await personsTmux(tempDir(), 'echo from-before; exec cat')
    await until(() => theirs.run('capture-pane', '-p', '-t', 'work').includes('from-before'))
    const id = await adopt(it, theirs, 'work')
    await until(() => it.sink.text(id).includes('from-before'), 'the screen')
    await it.submit(id, 'and this')
    await until(() => it.sink.text(id).split('and this').length === 3, 'the echo, and the answer of cat')
    expect(it.sink.marks(id)).toEqual([])
    // tmux 3.2 gives a line of it to the status line then.
    const rows = theirs.run('-V').startsWith('tmux 3.2') ? 23 : 24
    expect(it.sink.sessions.get(id)?.terminal).toMatchObject({ backend: 'tmux', cols: 80, rows })
  })

  test('is left as it is when the session is closed, and may become one again', async () => {
    const theirs = await personsTmux(tempDir(), 'exec cat')
    const id = await adopt(it, theirs, 'work')
    await it.terminals.close(id)
    expect(
      theirs.run('display-message', '-p', '-t', 'work', '#{pane_pipe} #{pane_dead} #{session_attached}'),
    ).toMatch(/^0 0 /)
    const again = await adopt(it, theirs, 'work')
    await it.terminals.close(again, { kill: true })
    expect(() => theirs.run('has-session', '-t', 'work')).toThrow()
  })

  test('is one session: asked for twice, the error names it', async () => {
    const theirs = await personsTmux(tempDir(), 'exec cat')
    const id = await adopt(it, theirs, 'work')
    await expect(adopt(it, theirs, 'work:0.0')).rejects.toMatchObject({
      code: 'TC_ERR_ADOPT',
      message: expect.stringContaining(`session ${id} already`),
    })
  })

  test('asked for by two at once is one session too', async () => {
    const theirs = await personsTmux(tempDir(), 'exec cat')
    const both = await Promise.allSettled([adopt(it, theirs, 'work'), adopt(it, theirs, 'work')])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('is not mistaken for one of a later server, which has the same name', async () => {
    const theirs = await personsTmux(tempDir(), 'exec cat')
    const id = await adopt(it, theirs, 'work')
    const host = await it.hostPid()
    process.kill(host, 'SIGSTOP')
    theirs.run('kill-server')
    // tmux starts no server while the one before is still ending.
    await until(() =>
      isDone(() => theirs.run('-f', '/dev/null', 'new-session', '-d', '-s', 'work', 'exec cat')),
    )
    process.kill(host, 'SIGCONT')
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: null })
    expect(theirs.run('display-message', '-p', '-t', 'work', '#{pane_id} #{pane_pipe}')).toBe('%0 0\n')
  })

  test('may go to another session of its server, and is typed in there', async () => {
    const theirs = await personsTmux(tempDir(), 'exec cat')
    const id = await adopt(it, theirs, 'work')
    theirs.run('new-session', '-d', '-s', 'other', 'exec cat')
    theirs.run('join-pane', '-d', '-s', 'work:0.0', '-t', 'other:')
    const clients = () => theirs.run('list-clients', '-F', '#{session_name}').trim()
    await until(() => clients() === 'other', 'the host to follow')
    await it.submit(id, 'moved')
    await until(() => it.sink.text(id).split('moved').length >= 3, 'the echo, and the answer of cat')
  })

  test('of which there is none is an error, and no tmux is started for it', async () => {
    const folder = tempDir()
    const theirs = await personsTmux(folder, 'exec cat')
    await expect(adopt(it, theirs, 'nothing')).rejects.toMatchObject({ code: 'TC_ERR_ADOPT' })
    await expect(adopt(it, theirs, '%99')).rejects.toMatchObject({ code: 'TC_ERR_ADOPT' })
    const nobody = { ...theirs, socket: `${folder}/nobody` }
    await expect(adopt(it, nobody, 'work')).rejects.toMatchObject({
      code: 'TC_ERR_ADOPT',
      message: expect.stringMatching(/nobody.* give --socket with what this prints: tmux /),
    })
    expect(() => theirs.run('-N', '-S', nobody.socket, 'list-sessions')).toThrow()
  })

  test('on a server that the tmux here does not speak with is refused, with what to do', async () => {
    const other = join(tempDir(), 'other-tmux')
    const lines = [
      '#!/bin/sh',
      '[ "$1" = -V ] && exec echo tmux 3.3a',
      'echo server exited unexpectedly >&2; exit 1',
    ]
    writeFileSync(other, lines.join('\n'), { mode: 0o755 })
    await using its = await Harness.create({ tmuxProgram: other })
    const theirs = await personsTmux(tempDir(), 'exec cat')
    await expect(adopt(its, theirs, 'work')).rejects.toMatchObject({
      code: 'TC_ERR_ADOPT',
      message: expect.stringMatching(/of another version than .*other-tmux; let .* tmuxProgram name/),
    })
  })

  test('whose output somebody pipes already is left to them', async () => {
    const theirs = await personsTmux(tempDir(), 'exec cat')
    theirs.run('pipe-pane', '-t', 'work', 'cat >/dev/null')
    await expect(adopt(it, theirs, 'work')).rejects.toMatchObject({
      code: 'TC_ERR_ADOPT',
      message: expect.stringContaining('pipe'),
    })
  })

  test('has the size that its owner gives it, and ends when its program does', async () => {
    const theirs = await personsTmux(tempDir(), 'read x; exit 3')
    const { path, env } = await findProgram(tmuxProgram)
    const place = {
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TERM: 'xterm-256color', ...env },
      cwd: '/',
    }
    onTerminal([path, '-S', theirs.socket, 'attach'], place)
    const size = () => theirs.run('display-message', '-p', '-t', 'work', '#{window_width}').trim()
    await until(() => size() === '200', 'the person')
    const id = await adopt(it, theirs, 'work')
    await it.terminals.resize(id, 40, 10)
    await until(() => it.sink.changes.some(([, facts]) => facts.cols === 200), 'the true size')
    await it.submit(id, '')
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: null })
  })

  test('is found again when the terminal host was killed', async () => {
    const theirs = await personsTmux(tempDir(), 'exec cat')
    const id = await adopt(it, theirs, 'work')
    await it.killHost()
    await until(() => it.sink.of(id).some(entry => entry.kind === 'gap'), 'the gap')
    await it.submit(id, 'again')
    await until(() => it.sink.text(id).split('again').length >= 3, 'the echo, and the answer of cat')
  })
})

test.each([
  { kind: 'session', sessionId: 'k3fq7m2xw5ab' },
  { kind: 'peer', computer: 'elsewhere' },
  { kind: 'telegram', userId: 1 },
  { kind: 'token', name: 'gateway' },
] as const)('%j may not make a session of what runs in a terminal of the person', async who => {
  // Refused before anything else of the call is looked at.
  const call = { principal: { ...who, scopes: '*' } } as unknown as OperationCall<never>
  await expect(sessionAdopt.run({ tmux: 'work' }, call)).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN' })
  expect(sessionAdopt.mcp).toBe(false)
})

function isDone(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
