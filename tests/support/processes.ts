import { readdirSync, readFileSync } from 'node:fs'

/** The processes with an argument that `is`; ask for a path of the test's own. */
export function processesWith(is: (argument: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => pid !== process.pid && readProc(pid, 'cmdline').split('\0').some(is))
}

/** The children of a process, and theirs. */
export function descendantsOf(pid: number): number[] {
  const children = readProc(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return children.flatMap(child => [child, ...descendantsOf(child)])
}

export function isAlive(pid: number): boolean {
  const state = stateOf(pid)
  return state !== undefined && state !== 'Z'
}

/** It waits for something. */
export function isAsleep(pid: number): boolean {
  return stateOf(pid) === 'S'
}

/** It was stopped by a signal, and does nothing until it is continued. */
export function isStopped(pid: number): boolean {
  return stateOf(pid) === 'T'
}

/** The private memory of a process in MiB: what it alone keeps the computer from using. */
export function privateMiB(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readProc(pid, 'status'))?.[1]) / 1024
}

/** The processor time that a process has used, in milliseconds; the kernel counts it in hundredths of a second. */
export function cpuMs(pid: number): number {
  const [, fields = ''] = readProc(pid, 'stat').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

/** Ends a process that may have ended already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended in the meantime.
  }
}

function stateOf(pid: number): string | undefined {
  return /^State:\s+(\w)/m.exec(readProc(pid, 'status'))?.[1]
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return '' // it has ended
  }
}
