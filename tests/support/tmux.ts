import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findProgram, type Program } from './debian.ts'
import { tmuxProgram } from './tmux-program.ts'

export interface PersonsTmux {
  readonly socket: string
  /** Runs a command of tmux, and gives what it prints. */
  run(...args: readonly string[]): string
}

/** A tmux server of a person's own with one session, `work`, in a fresh folder. It ends with the test. */
export async function personsTmux(folder: string, ...command: readonly string[]): Promise<PersonsTmux> {
  const { path, env } = await findProgram(tmuxProgram)
  const socket = join(folder, 'persons')
  const run = onSocket({ path, env }, socket)
  run('-f', '/dev/null', 'new-session', '-d', '-s', 'work', '-x', '80', '-y', '24', ...command)
  onTestFinished(() => {
    try {
      run('kill-server')
    } catch {
      // It has ended already.
    }
  })
  return { socket, run }
}

/** Runs tmux on a server that is there. */
export function onSocket({ path, env }: Program, socket: string): PersonsTmux['run'] {
  const environment = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...env }
  return (...args) =>
    execFileSync(path, ['-S', socket, ...args], { env: environment, stdio: 'pipe' }).toString()
}
