import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { TeleclaudeError } from '../errors.ts'

/** The names that a configuration may have; the first that is there counts. */
export const CONFIG_FILES = ['ts', 'js', 'mjs', 'json'].map(ext => `teleclaude.config.${ext}`)

export interface ConfigSearch {
  /** The folder that the program was started in. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** As given on the command line; before everything else. */
  readonly path?: string | undefined
}

/**
 * Finds the configuration: the path given, else `TELECLAUDE_CONFIG`, else in the folder `cwd`, else in the user's
 * configuration folder. Folders above `cwd` are not searched, and no other name is tried: it is code that will run.
 * @throws TC_ERR_CONFIG_LOAD if the path given names no configuration
 */
export function findConfig({ cwd, env, path }: ConfigSearch): string | null {
  const given = path || env.TELECLAUDE_CONFIG
  if (given) return checkGiven(resolve(cwd, given))
  const places = [cwd, userConfigDir(env)].flatMap(dir => CONFIG_FILES.map(name => join(dir, name)))
  return places.find(place => existsSync(place)) ?? null
}

/** Where a user's own configuration is, wherever they stand. */
export function userConfigDir(env: ConfigSearch['env']): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'teleclaude')
}

function checkGiven(path: string): string {
  if (!/\.(ts|js|mjs|json)$/.test(path)) {
    throw new TeleclaudeError(
      'TC_ERR_CONFIG_LOAD',
      `${basename(path)} is not a configuration: its name must end in .ts, .js, .mjs or .json.`,
    )
  }
  if (existsSync(path)) return path
  throw new TeleclaudeError(
    'TC_ERR_CONFIG_LOAD',
    `there is no configuration at ${path}. Check --config and TELECLAUDE_CONFIG.`,
  )
}
