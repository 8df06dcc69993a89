import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { findProgram, type Program } from '../support/debian.ts'
import { expectFootprint, footprintOf } from '../support/footprint.ts'
import { privateMiB, signal } from '../support/processes.ts'
import { findShell } from '../support/shell-programs.ts'
import { tempDir } from '../support/temp-dir.ts'
import { onSocket } from '../support/tmux.ts'
import { tmuxProgram } from '../support/tmux-program.ts'
import { until } from '../support/until.ts'

const SESSIONS = 600
/** After so many everything is there that comes to be with time, the heap's usual size above all. */
const WARM_UP = 200
/** What a garbage collector leaves; each of the sessions in between would have to leave less than 15 KiB. */
const NOISE_MIB = 3

/** One session from its start to its end, in one of the ways that there are. */
type Life = (daemon: TestDaemon) => Promise<void>

test(`${SESSIONS} sessions start and end, in every way that there is, and leave nothing behind`, async () => {
  const tmux = await findProgram(tmuxProgram)
  const daemon = await startDaemon(tmux)
  const lives = [...inTmux(tmux), closed(), left(), killed(), run, ...(await inShells())]
  await hostHasRun(daemon)
  const kept = await daemon.session({ title: 'kept' })
  const live = async (from: number, until: number, whenDone = () => {}) => {
    for (let at = from; at < until; at++) {
      await lives[at % lives.length]?.(daemon)
      whenDone()
    }
  }
  await live(0, WARM_UP)
  await until(() => isAtRest(daemon), 'the end of what tmux leaves for a moment')
  const before = footprintOf(daemon)
  const [host = 0] = daemon.hostPids()
  const memory: number[] = []
  await live(WARM_UP, SESSIONS, () => memory.push(privateMiB(host)))
  await expectFootprint(daemon, before)
  const half = memory.length / 2
  expect(Math.min(...memory.slice(half)) - Math.min(...memory.slice(0, half))).toBeLessThan(NOISE_MIB)
  expect(await daemon.send(kept, 'echo still')).toMatchObject({ output: 'still\n', completed_by: 'mark' })
})

function startDaemon(tmux: Program): Promise<TestDaemon> {
  return TestDaemon.inTest({
    plugins: [['terminal', { tmuxProgram: tmux.path }], 'registry'],
    files: { '.bashrc': "PS1='$ '", '.zshrc': '' },
    env: { TMPDIR: tempDir() },
  })
}

/** The first one to run compiles, and lets go at some time of what that takes; the next ones read what it has left. */
async function hostHasRun(daemon: TestDaemon): Promise<void> {
  for (const backend of ['pty', 'tmux']) await close(daemon, await daemon.session({ backend }))
  await daemon.kill('SIGTERM')
  await until(() => daemon.hostPids().length === 0, 'the end of the first pty host', 20_000)
  await daemon.start()
}

/** The client of a tmux server goes just after its session, and its socket after that. */
function isAtRest(daemon: TestDaemon): boolean {
  const { processes, stateFolder } = footprintOf(daemon)
  return processes.length === 2 && !stateFolder.some(name => name.startsWith('terminal/tmux/'))
}

/** With the program still running. */
function closed(input: object = {}): Life {
  return async daemon => {
    const id = await daemon.session(input)
    expect((await daemon.send(id, 'echo here')).output).toBe('here\n')
    await daemon.input(id, 'sleep 1000')
    await close(daemon, id)
  }
}

function left(input: object = {}): Life {
  return async daemon => leave(daemon, await daemon.session(input))
}

function killed(input: object = {}): Life {
  return async daemon => {
    const id = await daemon.session(input)
    await daemon.send(id, 'true')
    signal((await daemon.get(id)).terminal.pid ?? 0, 'SIGKILL')
    await hasEnded(daemon, id)
  }
}

async function run(daemon: TestDaemon): Promise<void> {
  const { output } = await daemon.call<{ output: string }>('session.run', { command: 'echo ran' })
  expect(output).toBe('ran\n')
}

function inTmux(tmux: Program): readonly Life[] {
  const input = { backend: 'tmux', env: tmux.env }
  const serverKilled = async (daemon: TestDaemon) => {
    const id = await daemon.session(input)
    onSocket(tmux, join(daemon.stateDir, 'terminal/tmux', id))('kill-server')
    await hasEnded(daemon, id, 'failed')
  }
  return [closed(input), left(input), killed(input), serverKilled]
}

/** Other shells; one is closed before it can have read what it was started with. */
async function inShells(): Promise<readonly Life[]> {
  const inputs = await Promise.all(
    ['zsh', 'fish'].map(async name => {
      const { path, env } = await findShell(name)
      return { shell: path, env }
    }),
  )
  return inputs.flatMap(input => [
    async (daemon: TestDaemon) => close(daemon, await daemon.session(input)),
    left(input),
  ])
}

async function close(daemon: TestDaemon, session_id: string): Promise<void> {
  await daemon.call('session.close', { session_id })
  await hasEnded(daemon, session_id)
}

async function leave(daemon: TestDaemon, session_id: string): Promise<void> {
  await daemon.input(session_id, 'exit')
  await hasEnded(daemon, session_id)
}

async function hasEnded(daemon: TestDaemon, session_id: string, as = 'closed'): Promise<void> {
  await until(async () => (await daemon.get(session_id)).state === as, 'the end', 20_000)
}
