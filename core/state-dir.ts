import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf, TeleclaudeError } from './errors.ts'
import { readOrMakeKey } from './identity-key.ts'
import { acquireLock, type Lock } from './lock.ts'
import { makeFolder } from './make-folder.ts'
import { stateDirFiles, stateDirPath } from './state-dir-path.ts'

export { stateDirPath } from './state-dir-path.ts'

/** The folder where a daemon keeps what it must remember. Only its owner may write to it. */
export interface StateDir {
  readonly path: string
  readonly database: string
  readonly controlSocket: string
  readonly lock: string
  readonly key: string
  readonly audit: string
  readonly log: string
  /** Holds the folder for this process, until it is released or the process ends in whatever way. @throws TC_ERR_ALREADY_RUNNING */
  acquireLock(): Lock
  /** This computer's own 32 random bytes, made when they are first asked for. @throws TC_ERR_STATE_DIR */
  identityKey(): Buffer
}

export interface StateDirOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Instead of what `env` says. */
  readonly path?: string
}

/**
 * Opens the state folder, making it if it is not there: `TELECLAUDE_STATE_DIR`, else `teleclaude` in
 * `XDG_STATE_HOME`, else `~/.local/state/teleclaude`.
 * @throws TC_ERR_STATE_DIR if others can write to it, or its path is too long for sockets
 */
export function openStateDir({ env, path = stateDirPath(env) }: StateDirOptions): StateDir {
  const dir = resolve(path)
  checkLength(dir)
  make(dir)
  checkOwner(dir)
  const key = join(dir, 'identity.key')
  const lock = join(dir, 'daemon.lock')
  return {
    path: dir,
    database: join(dir, 'teleclaude.db'),
    ...stateDirFiles(dir),
    lock,
    key,
    audit: join(dir, 'audit.log'),
    acquireLock: () => acquireLock(lock, dir),
    identityKey: () => readOrMakeKey(key),
  }
}

/** What the system allows for the path of a Unix socket, less the longest `/<plugin>/<name>.sock` in the folder. */
const MAX_PATH_BYTES = (process.platform === 'linux' ? 107 : 103) - 24

function checkLength(dir: string): void {
  const bytes = Buffer.byteLength(dir)
  if (bytes <= MAX_PATH_BYTES) return
  throw new TeleclaudeError(
    'TC_ERR_STATE_DIR',
    `the path of the state folder ${dir} is ${bytes} bytes long, and sockets in it allow ${MAX_PATH_BYTES}. Set TELECLAUDE_STATE_DIR to a shorter one.`,
  )
}

function make(dir: string): void {
  try {
    makeFolder(dir)
  } catch (cause) {
    throw new TeleclaudeError(
      'TC_ERR_STATE_DIR',
      `cannot make the state folder ${dir}: ${messageOf(cause)}. Set TELECLAUDE_STATE_DIR to a folder of yours.`,
      { cause },
    )
  }
}

function checkOwner(dir: string): void {
  const { uid, mode } = statSync(dir)
  const own = process.getuid?.()
  if (own !== undefined && uid !== own) {
    throw new TeleclaudeError(
      'TC_ERR_STATE_DIR',
      `the state folder ${dir} belongs to another user (uid ${uid}). Set TELECLAUDE_STATE_DIR to a folder of yours, or \`chown ${own} '${dir}'\`.`,
    )
  }
  if ((mode & 0o022) !== 0) {
    throw new TeleclaudeError(
      'TC_ERR_STATE_DIR',
      `others can write to the state folder ${dir}. Take that away: \`chmod 700 '${dir}'\`.`,
    )
  }
}
