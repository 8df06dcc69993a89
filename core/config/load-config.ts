import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { asTeleclaudeError, messageOf, TeleclaudeError } from '../errors.ts'
import { parseOptions, sameNames } from '../host/admission.ts'
import type { ConfiguredPlugin, PluginDefinition } from '../host/plugin.ts'
import { defaultComputerName } from './computer-name.ts'
import { applyEnvironment } from './environments.ts'
import { type ConfigSearch, findConfig } from './find-config.ts'
import { shareOwnModules } from './own-modules.ts'
import { resolvePlugin } from './plugin-module.ts'
import { type Problem, problemsOf, throwProblems } from './problems.ts'
import { readConfig } from './read-config.ts'
import { configSchema, DEFAULT_PLUGINS, type ParsedConfig, pluginEntry } from './schema.ts'
import { type SecretSource, secretPath, withSecrets } from './secret.ts'

/** A configuration that was found, read and checked. */
export interface LoadedConfig {
  /** The file it came from; null for the embedded default. */
  readonly source: string | null
  /** Its folder, where relative paths in it start. */
  readonly dir: string
  /** As chosen by `TELECLAUDE_ENV`. */
  readonly environment: string | null
  /** With every default filled in and every path absolute. */
  readonly config: Config
  readonly plugins: readonly ConfiguredPlugin[]
  /** For the host, which parses the plugins' options; and its `revealed` for the log, to black out. */
  readonly secrets: SecretSource
  /** The file that the mesh secret comes from; null where it comes from elsewhere, or there is none. */
  readonly meshSecretFile: string | null
}

export type Config = Omit<ParsedConfig, 'plugins' | 'computer'> & {
  readonly computer: { readonly name: string }
}

/**
 * Finds, reads and checks the configuration, the options of its plugins included.
 * @throws TC_ERR_CONFIG_LOAD if it cannot be read; TC_ERR_PLUGIN_UNKNOWN; TC_ERR_SECRET; TC_ERR_CONFIG_INVALID, which
 * lists all problems with their paths
 */
export async function loadConfig(search: ConfigSearch): Promise<LoadedConfig> {
  const { source, dir, fields, environment, secrets, problems } = await readFields(search)
  const found = [...problems]
  const parsed = withSecrets(secrets, () => configSchema.safeParse(fields))
  if (!parsed.success) found.push(...problemsOf(parsed.error, ''))
  const plugins = await resolvePlugins(fields, dir, found)
  found.push(...parseOptions(plugins, secrets).problems, ...sameNames(plugins))
  throwProblems(found, source)
  // throwProblems has thrown if it was no success.
  const config = complete(parsed.data as ParsedConfig, dir)
  return { source, dir, environment, config, plugins, secrets, meshSecretFile: meshSecretFile(fields, dir) }
}

/**
 * The plugins that the configuration names, whatever their options and secrets: enough to know which verbs they add to
 * the command line, where the environment of the daemon may be missing.
 * @throws TC_ERR_CONFIG_LOAD, TC_ERR_PLUGIN_UNKNOWN
 */
export async function loadPluginDefinitions(search: ConfigSearch): Promise<readonly PluginDefinition[]> {
  const { source, dir, fields } = await readFields(search)
  const problems: Problem[] = []
  const plugins = await resolvePlugins(fields, dir, problems)
  throwProblems(problems, source)
  return plugins.map(plugin => plugin.definition)
}

/** A configuration as it is written, with the overrides of its environment laid over it. */
interface Written {
  readonly source: string | null
  readonly dir: string
  readonly environment: string | null
  readonly fields: Readonly<Record<string, unknown>>
  readonly secrets: SecretSource
  /** What is wrong with its environments. */
  readonly problems: readonly Problem[]
}

async function readFields(search: ConfigSearch): Promise<Written> {
  shareOwnModules()
  const source = findConfig(search)
  const dir = source ? dirname(source) : resolve(search.cwd)
  const env = { ...(source && readDotEnv(dir)), ...search.env }
  const environment = env.TELECLAUDE_ENV || null
  const written = source ? await readConfig(source) : {}
  const allowsLiterals = source !== null && isPrivate(source)
  return {
    source,
    dir,
    environment,
    ...applyEnvironment(written, environment),
    secrets: { env, dir, allowsLiterals, config: source, revealed: new Set() },
  }
}

function readDotEnv(dir: string): Readonly<Record<string, string | undefined>> {
  const path = join(dir, '.env')
  if (!existsSync(path)) return {}
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new TeleclaudeError('TC_ERR_CONFIG_LOAD', `cannot read ${path}: ${messageOf(cause)}`, { cause })
  }
}

/** Whether nobody but its owner can read the file. */
function isPrivate(path: string): boolean {
  return (statSync(path).mode & 0o077) === 0
}

/** Adds what cannot be resolved to `problems`; entries that are not well-formed are the schema's to report. */
async function resolvePlugins(
  fields: Readonly<Record<string, unknown>>,
  dir: string,
  problems: Problem[],
): Promise<readonly ConfiguredPlugin[]> {
  const { plugins: entries = DEFAULT_PLUGINS } = fields
  const plugins: ConfiguredPlugin[] = []
  for (const [at, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    const { data } = pluginEntry.safeParse(entry)
    if (data === undefined) continue
    try {
      plugins.push(await resolvePlugin(data, dir))
    } catch (thrown) {
      const { code, message } = asTeleclaudeError(thrown, 'TC_ERR_CONFIG_LOAD')
      problems.push({ path: `plugins[${at}]`, message, code })
    }
  }
  return plugins
}

function complete({ plugins: _, computer, ...config }: ParsedConfig, dir: string): Config {
  return {
    ...config,
    computer: { name: computer.name ?? defaultComputerName() },
    defaultCwd: config.defaultCwd && absolute(config.defaultCwd, dir),
    projects: config.projects.map(project => ({ ...project, path: absolute(project.path, dir) })),
  }
}

const fileSecret = z.object({ mesh: z.object({ secret: z.object({ file: z.string() }) }) })

function meshSecretFile(fields: unknown, dir: string): string | null {
  const { data } = fileSecret.safeParse(fields)
  return data ? secretPath(data.mesh.secret.file, dir) : null
}

function absolute(path: string, dir: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(dir, path)
}
