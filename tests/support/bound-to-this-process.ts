import { spawnSync } from 'node:child_process'

/**
 * How to start a program so that the system ends it with this process, however that ends: a run of tests that is
 * interrupted ends none of what it started. Where there is no setpriv, as on macOS, the program itself.
 */
export function boundToThisProcess(path: string, args: readonly string[]): [string, readonly string[]] {
  hasSetpriv ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0
  return hasSetpriv ? ['setpriv', ['--pdeathsig', 'KILL', path, ...args]] : [path, args]
}

let hasSetpriv: boolean | undefined
