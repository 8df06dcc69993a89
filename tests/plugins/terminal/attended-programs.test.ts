import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SessionId } from '../../../core/index.ts'
import { isAlive, signal } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

/** What runs in tmux is attended by a shell, which says when it has ended. */
describe('the shell that attends a program', () => {
  let it: Harness
  beforeAll(async () => {
    it = await Harness.create({ backend: 'tmux' })
  })
  afterAll(() => it[Symbol.asyncDispose]())

  async function waiting(command: readonly string[]) {
    const id = await it.start({ command })
    await until(() => it.sink.text(id).includes('on'), 'the program')
    const program = it.sink.sessions.get(id)?.terminal.pid ?? 0
    return { id, program, shell: parentOf(program) }
  }

  async function expectNothingLeft(id: SessionId): Promise<void> {
    const left = () => readdirSync(join(it.folder, 'tmux')).filter(name => name.startsWith(id))
    await until(() => left().length === 0, 'its files to go')
  }

  test('takes the program along when it is killed, as a hangup, and the session says what killed it', async () => {
    const { id, program, shell } = await waiting(['sh', '-c', 'echo on; exec cat'])
    process.kill(shell, 'SIGKILL')
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: 'SIGKILL' })
    await until(() => !isAlive(program), 'the end of the program')
    expect(it.sink.text(id)).toBe('on\r\n')
    await expectNothingLeft(id)
  })

  test('may be killed above a program that takes no hangup: that has no terminal then, and no session', async () => {
    const command = ['sh', '-c', 'trap "" HUP; echo on; exec sleep 1000']
    const { id, program, shell } = await waiting(command)
    onTestFinished(() => signal(program, 'SIGKILL'))
    process.kill(shell, 'SIGKILL')
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: 'SIGKILL' })
    await expectNothingLeft(id)
    expect(isAlive(program)).toBe(true)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('lives on at %s', async name => {
    const { id, shell } = await waiting(['sh', '-c', 'echo on; read line; exit 6'])
    process.kill(shell, name)
    await it.submit(id, 'go on')
    expect(await it.exit(id)).toEqual({ exitCode: 6, signal: null })
  })

  test('hands on a variable whose name is none for a shell where /bin/sh does; in a terminal of ours it is always there', async () => {
    const env = { 'A.B': '1', 'BASH_FUNC_greet%%': '() {  echo hi\n}', PLAIN: '2' }
    const shells = execFileSync('/bin/sh', ['-c', 'exec env -0'], { env }).toString()
    const seen = async (backend: string) => {
      const id = await it.start({ command: ['env', '-0'], env, backend })
      await it.exit(id)
      return namesIn(it.sink.text(id)).filter(name => name in env)
    }
    const all = Object.keys(env).sort()
    expect(await seen('tmux')).toEqual(namesIn(shells).filter(name => name in env))
    expect(await seen('pty')).toEqual(all)
  })
})

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}

function namesIn(environment: string): string[] {
  return environment
    .split('\0')
    .map(entry => entry.split('=', 1)[0] ?? '')
    .sort()
}
