import { readFileSync } from 'node:fs'
import { constants } from 'node:os'

/** Signals the program that leads a terminal, and what has the terminal now. Never more than that, whoever is said to lead it. */
export function signalTerminal(leader: number, signal: 'SIGHUP' | 'SIGKILL'): void {
  // To the kernel 0 is our own group, and -1 all that there is.
  if (!(leader > 1)) return
  for (const group of new Set([leader, foregroundGroup(leader)])) {
    if (group === null) continue
    try {
      process.kill(-group, signal)
    } catch {
      // The group has no member any more.
    }
  }
}

/** The process group that has the terminal of session leader `pid` now, where the system tells. */
function foregroundGroup(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[5])
    return group > 1 ? group : null
  } catch {
    return null
  }
}

export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`
}
