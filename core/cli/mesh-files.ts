import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
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
  return (existsSync(path) && readFileSync(path, 'utf8').trim()) || null
}

/** Writes the secret so that only its owner can read it; a reader sees the old one or the new one, whole. */
export function writeMeshSecret(env: Env, secret: string): string {
  const path = meshSecretPath(env)
  writePrivateFile(path, `${secret}\n`)
  return path
}

/** The server's URL as `.env` beside the configuration has it, or null. */
export function readRedisUrl(configPath: string): string | null {
  return parseEnv(dotEnv(configPath).text)[REDIS_URL] ?? null
}

/** Adds the server's URL, which may hold a password, to `.env` beside the configuration; only its owner can read that then. */
export function writeRedisUrl(configPath: string, url: string): string {
  const { path, text } = dotEnv(configPath)
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
  writePrivateFile(path, `${before}${REDIS_URL}=${quoted(url)}\n`)
  return path
}

function dotEnv(configPath: string): { readonly path: string; readonly text: string } {
  const path = join(dirname(configPath), '.env')
  return { path, text: existsSync(path) ? readFileSync(path, 'utf8') : '' }
}

/** As `util.parseEnv`, which knows no way to write a quote between quotes of its kind, reads it back. */
function quoted(value: string): string {
  if (/^[\w@%+=:,./?&-]+$/.test(value)) return value
  const ways = [`'${value}'`, `\`${value}\``, `"${value}"`, value]
  const right = ways.find(written => parseEnv(`X=${written}\n`).X === value)
  if (right !== undefined) return right
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `${REDIS_URL} cannot be written to a file with all of its quotes. Write them as %27 ('), %22 (") and %60 (\`).`,
  )
}
