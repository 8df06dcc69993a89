import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { TeleclaudeError } from './errors.ts'
import { randomId } from './ids.ts'

const KEY_BYTES = 32

/**
 * Reads a key file, or makes it if there is none. It appears whole or not at all, whenever the process ends, and of two
 * that make it at once one wins for both.
 * @throws TC_ERR_STATE_DIR if others can read it or it is damaged
 */
export function readOrMakeKey(path: string): Buffer {
  return read(path) ?? make(path)
}

function read(path: string): Buffer | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return undefined
  if ((stat.mode & 0o077) !== 0) {
    throw new TeleclaudeError(
      'TC_ERR_STATE_DIR',
      `others can read the identity key ${path}. Delete it (a new one is made; sessions' tokens end), or \`chmod 600 '${path}'\` if nobody did.`,
    )
  }
  const key = readFileSync(path)
  if (key.length === KEY_BYTES) return key
  throw new TeleclaudeError(
    'TC_ERR_STATE_DIR',
    `the identity key ${path} is damaged: it has ${key.length} bytes, not ${KEY_BYTES}. Restore it, or delete it to have a new one made.`,
  )
}

function make(path: string): Buffer {
  const draft = `${path}.${randomId(8)}`
  try {
    writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true })
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // fs throws only these
  } finally {
    rmSync(draft, { force: true })
  }
  return read(path) ?? make(path)
}
