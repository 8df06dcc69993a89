import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Where the state folder is, without opening it: `TELECLAUDE_STATE_DIR`, else `teleclaude` in `XDG_STATE_HOME`,
 * else `~/.local/state/teleclaude`. Apart from the rest, so that thin clients need not load the database.
 */
export function stateDirPath(env: Readonly<Record<string, string | undefined>>): string {
  if (env.TELECLAUDE_STATE_DIR) return resolve(env.TELECLAUDE_STATE_DIR)
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'teleclaude')
}

/** The files of a state folder that thin clients need. */
export function stateDirFiles(dir: string) {
  return { controlSocket: join(dir, 'control.sock'), log: join(dir, 'daemon.log') }
}
