import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a process that takes the lock of a state folder and keeps it until it is killed. */
export function startHolder(stateDir: string) {
  const child = fork(fileURLToPath(new URL('lock-holder-process.ts', import.meta.url)), [stateDir], {
    execArgv: [],
  })
  const exit = once(child, 'exit')
  return {
    pid: child.pid,
    /** `held`, or the code of the error. */
    answer: once(child, 'message').then(([answer]) => answer as string),
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
