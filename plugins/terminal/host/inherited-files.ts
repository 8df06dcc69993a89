import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'

/**
 * Files that a program started by this process would inherit. node-pty leaves the master of every terminal open for
 * the programs of the terminals that come after it, which could then read and type in the earlier ones.
 */
export function inheritableFiles(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter(fd => fd > 2 && isInheritable(fd))
}

const CLOSE_ON_EXEC = 0o2000000

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    // It was the descriptor that listed the folder, and is closed by now.
    return false
  }
}

/**
 * The command line that closes `files` and then becomes `file`. It needs bash (other shells close single-digit
 * files only); without one the program starts as it is.
 */
export function closingFiles(files: readonly number[], file: string, args: readonly string[]) {
  const bash = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find(isExecutable)
  if (!files.length || !bash) return { file, args }
  const redirections = files.map(fd => `${fd}>&-`).join(' ')
  // -p: the environment's BASH_ENV and functions are the program's business, not this shell's.
  return { file: bash, args: ['-p', '-c', `exec "$0" "$@" ${redirections}`, file, ...args] }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
