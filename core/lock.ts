import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { commandLine } from './command-line.ts'
import { TeleclaudeError } from './errors.ts'

/** Holds a state folder for this process. */
export interface Lock extends Disposable {
  release(): void
}

/**
 * Takes the lock of a state folder. SQLite's exclusive lock is used because the kernel holds it: it goes with its
 * process, `kill -9` included, so there is no stale lock, no recycled pid and no race between two that start at once.
 * @throws TC_ERR_ALREADY_RUNNING naming the process that holds it, TC_ERR_DISK_FULL
 */
export function acquireLock(path: string, dir: string): Lock {
  const database = open(path)
  try {
    database.exec('BEGIN EXCLUSIVE')
    writeFileSync(holderPath(path), `${process.pid}\n`, { mode: 0o600 })
  } catch (cause) {
    database.close()
    if (isBusy(cause)) throw alreadyRunning(path, dir, cause)
    throw isFull(cause) ? noRoom(dir, cause) : cause
  }
  const release = () => {
    database.close()
  }
  return { release, [Symbol.dispose]: release }
}

function open(path: string): Database.Database {
  try {
    closeSync(openSync(path, 'a', 0o600)) // SQLite would leave the mode to the umask
    return new Database(path, { timeout: 0 })
  } catch (cause) {
    throw new TeleclaudeError(
      'TC_ERR_STATE_DIR',
      `cannot open the lock ${path}. Delete it if it is not a file of yours.`,
      {
        cause,
      },
    )
  }
}

function noRoom(dir: string, cause: unknown): TeleclaudeError {
  const message = `There is no room left for the state folder ${dir}. Make room on its disk, or set TELECLAUDE_STATE_DIR to a folder on another one.`
  return new TeleclaudeError('TC_ERR_DISK_FULL', message, { cause })
}

function alreadyRunning(path: string, dir: string, cause: unknown): TeleclaudeError {
  const pid = readHolder(path)
  return new TeleclaudeError(
    'TC_ERR_ALREADY_RUNNING',
    `another daemon${pid ? ` (process ${pid})` : ''} runs on the state folder ${dir}. Use that one, stop it with \`${commandLine} stop\`, or set TELECLAUDE_STATE_DIR to another folder.`,
    { cause },
  )
}

/** Beside the lock, since the locked file cannot be read. */
function holderPath(path: string): string {
  return `${path}.pid`
}

function readHolder(path: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(holderPath(path), 'utf8'))?.[0]
  } catch {
    return undefined // it has the lock but has not yet said so
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

/** What SQLite says of it, or the system. */
function isFull(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT'
}
