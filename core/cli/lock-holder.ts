import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { TeleclaudeError } from '../errors.ts'
import type { Cli } from './context.ts'

/** The process that holds a state folder, or null. What a dead process wrote down is asked no further, so that a daemon that starts now is not in anybody's way. */
export async function lockHolder(stateDir: string): Promise<number | null> {
  const lock = join(stateDir, 'daemon.lock')
  const pid = holderPid(lock)
  if (pid === null || !isAlive(pid)) return null
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(lock, { readonly: true, timeout: 0 })
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    return null // the process id is another program's by now
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return pid
    throw error
  } finally {
    db.close()
  }
}

/** When it took it; null where nothing says so. Milliseconds since the Unix epoch. */
export function heldSince(stateDir: string): number | null {
  return statSync(join(stateDir, 'daemon.lock.pid'), { throwIfNoEntry: false })?.mtimeMs ?? null
}

/** For who cannot reach the daemon: an error that says what to type, where there is one all the same. */
export async function unreachableDaemon({ stateDir }: Cli): Promise<TeleclaudeError | null> {
  const pid = await lockHolder(stateDir)
  if (pid === null) return null
  return new TeleclaudeError(
    'TC_ERR_ALREADY_RUNNING',
    `process ${pid} holds the state folder ${stateDir} and cannot be reached: it is closing, or its control socket is gone. If it stays so: kill ${pid} (sessions go on)`,
  )
}

function holderPid(lock: string): number | null {
  try {
    return Number(/^\d+/.exec(readFileSync(`${lock}.pid`, 'utf8'))?.[0] ?? 0) || null
  } catch {
    return null // no daemon has run here
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
