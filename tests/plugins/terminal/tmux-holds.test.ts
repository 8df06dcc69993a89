import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionId } from '../../../core/index.ts'
import { findProgram } from '../../support/debian.ts'
import { isAlive } from '../../support/processes.ts'
import { onSocket, type PersonsTmux } from '../../support/tmux.ts'
import { block, keptMiB, untilWaiting } from '../../support/tmux-hold.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

const tmux = await findProgram(tmuxProgram)

describe('a program in tmux that waits because nobody takes what it prints', () => {
  let it: Harness
  beforeAll(async () => {
    it = await Harness.create({ backend: 'tmux' })
  })
  afterAll(() => it[Symbol.asyncDispose]())

  /** Starts one, and waits until it waits. */
  async function waiting(script: string) {
    const id = await it.start({ command: ['bash', '-c', `read; ${script}`] })
    const pid = it.sink.sessions.get(id)?.terminal.pid ?? 0
    const { release } = block(it)
    await it.terminals.write(id, { type: 'raw', data: '\r' })
    await untilWaiting(pid)
    return { id, pid, release }
  }

  /** Nothing is missing in front of where it ended. */
  function expectCounting(id: SessionId): void {
    const lines = it.sink.raw(id).split('\r\n').slice(1, -1)
    expect(lines.length).toBeGreaterThan(10_000)
    expect(lines.findIndex((line, at) => line !== String(at + 1))).toBe(-1)
  }

  test.each([
    ['is thrown out', (run: PersonsTmux['run']) => run('detach-client', '-s', '$0')],
    ['is killed', (run: PersonsTmux['run']) => process.kill(Number(clientOf(run)), 'SIGKILL')],
  ])('goes on waiting when our client of tmux %s', async (_what, end) => {
    const line = 'x'.repeat(4000)
    const { id, pid, release } = await waiting(`exec yes ${line}`)
    const run = onSocket(tmux, join(it.folder, 'tmux', id))
    const before = clientOf(run)
    try {
      end(run)
      await untilWaiting(pid)
      expect(keptMiB(it, id)).toBeLessThan(16)
    } finally {
      release()
    }
    await until(() => clientOf(run) !== '' && clientOf(run) !== before, 'another client')
    await it.terminals.close(id)
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: 'SIGHUP' })
    const lines = it.sink.raw(id).split('\r\n').slice(1, -1)
    expect(lines.findIndex(found => found !== line)).toBe(-1)
  })

  test('is typed in', async () => {
    const { id, release } = await waiting('yes & read line; kill $!; printf %s "$line" >typed; sleep 100')
    try {
      await it.terminals.write(id, { type: 'raw', data: 'meanwhile\r' })
      await until(
        () =>
          stat(`${it.folder}/typed`)
            .then(({ size }) => size > 0)
            .catch(() => false),
        'what was typed',
      )
      expect(readFileSync(`${it.folder}/typed`, 'utf8')).toBe('meanwhile')
    } finally {
      release()
    }
  })

  test('can be closed, and is killed where it does not listen', async () => {
    const { id, pid, release } = await waiting('trap "" HUP; exec seq 1 100000000')
    const closing = it.terminals.close(id)
    await until(() => !isAlive(pid), 'its end').finally(release)
    await closing
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: 'SIGKILL' })
    expectCounting(id)
  })

  test('may end, and all that it printed is there', async () => {
    const { id, pid, release } = await waiting('exec seq 1 100000000')
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid), 'its end')
    release()
    expect(await it.exit(id)).toEqual({ exitCode: 137, signal: null })
    expectCounting(id)
  })
})

/** The process of the only client. */
function clientOf(run: PersonsTmux['run']): string {
  return run('list-clients', '-F', '#{client_pid}').trim()
}
