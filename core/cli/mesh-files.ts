import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { userConfigDir } from '../config/find-config.ts'
import { TeleclaudeError } from '../errors.ts'
import { writePrivateFile } from '../private-file.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The variable that configurations refer to for the Redis server between computers. */
export const REDIS_URL = 'TELECLAUDE_REDIS_URL'

/** Where `init` keeps the mesh secret: beside no configuration that could be committed, in the user's own folder. */
export function meshSecretPath(env: Env): string {
  return join(userConfigDir(env), 'mesh.secret')
}

/** As a configuration refers to it. */
export function meshSecretRef(env: Env): string {
  const path = meshSecretPath(env)
  return path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path
}

/** The secret that is there already, or null. */
export function readMeshSecret(env: Env): string | null {
  const path = meshSecretPath(env)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null
}

/** Writes the secret so that only its owner can read it; a reader sees the old one or the new one, whole. */
export function writeMeshSecret(env: Env, secret: string): string {
  const path = meshSecretPath(env)
  writePrivateFile(path, `${secret}\n`)
  return path
}

/**
 * Keeps the server's URL, which may hold a password, in `.env` beside the configuration.
 * @throws TC_ERR_CONFIG_LOAD where another one stands there
 */
export function writeRedisUrl(configPath: string, url: string): string {
  const path = join(dirname(configPath), '.env')
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const line = `${REDIS_URL}=${quoted(url)}`
  const lines = before.split('\n').filter(Boolean)
  if (lines.includes(line)) return path
  if (lines.some(other => other.startsWith(`${REDIS_URL}=`))) {
    throw new TeleclaudeError(
      'TC_ERR_CONFIG_LOAD',
      `${path} names another ${REDIS_URL}. Change it there, or leave the URL out`,
    )
  }
  writePrivateFile(path, [...lines, line, ''].join('\n'))
  return path
}

/** As `util.parseEnv` reads it back. */
function quoted(value: string): string {
  return /^[\w@%+=:,./?&-]+$/.test(value) ? value : `'${value}'`
}
