import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionId } from '../../core/index.ts'
import type { Harness } from '../plugins/terminal/harness.ts'
import { privateMiB, processesWith } from './processes.ts'
import { until } from './until.ts'

/** As many looks at a program that waits, one after the other, see the same. */
const LOOKS = 10

/** The tmux server of a session and its clients, by the socket that they were started with. */
export function serversOf(it: Harness, id: SessionId): number[] {
  return processesWith(argument => argument === join(it.folder, 'tmux', id))
}

/** How much the servers of a session keep in memory, in MiB. */
export function keptMiB(it: Harness, id: SessionId): number {
  return Math.max(...serversOf(it, id).map(pid => privateMiB(pid)))
}

/** Nobody takes what is printed any more, until `release` is called. */
export function block(it: Harness): { release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  it.sink.blocked = promise
  return {
    release: () => {
      it.sink.blocked = null
      resolve()
    },
  }
}

/** Waits until a program that prints for ever prints nothing: its counter of what it wrote stands still. */
export async function untilWaiting(pid: number): Promise<void> {
  let before = 'nothing'
  let same = 0
  await until(() => {
    const now = written(pid)
    same = now === before ? same + 1 : 0
    before = now
    return same >= LOOKS && now !== '0'
  }, 'the program to wait')
}

/** How many bytes a process has written. */
export function written(pid: number): string {
  return /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1] ?? ''
}
