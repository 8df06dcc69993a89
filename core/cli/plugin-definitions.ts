import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { messageOf } from '../errors.ts'
import type { PluginDefinition } from '../host/plugin.ts'
import type { Cli } from './context.ts'

const known = new WeakMap<Cli, Promise<readonly PluginDefinition[]>>()

/** What the configured plugins bring, read once. */
export function pluginDefinitions(cli: Cli): Promise<readonly PluginDefinition[]> {
  const definitions = known.get(cli) ?? readDefinitions(cli)
  known.set(cli, definitions)
  return definitions
}

/** A configuration that cannot be read must not keep anybody from using the daemon that runs. */
async function readDefinitions(cli: Cli): Promise<readonly PluginDefinition[]> {
  try {
    const [{ loadPluginDefinitions }, { userConfigDir }] = await Promise.all([
      import('../config/load-config.ts'),
      import('../config/find-config.ts'),
    ])
    return await loadPluginDefinitions(trustedSearch(cli, userConfigDir(cli.env)))
  } catch (error) {
    cli.tell(`teleclaude: the commands of your plugins are not known: ${messageOf(error)}`)
    return await defaultDefinitions()
  }
}

async function defaultDefinitions(): Promise<readonly PluginDefinition[]> {
  const [{ DEFAULT_PLUGINS }, { resolvePlugin }] = await Promise.all([
    import('../config/schema.ts'),
    import('../config/plugin-module.ts'),
  ])
  const plugins = await Promise.all(DEFAULT_PLUGINS.map(name => resolvePlugin(name, homedir())))
  return plugins.map(({ definition }) => definition)
}

/**
 * Where to look for the configuration when only its plugins' commands are wanted. It is code that will run, and an
 * agent may stand in a folder that strangers wrote: the current folder is not searched.
 */
function trustedSearch({ env, configPath }: Cli, cwd: string) {
  const given = configPath ?? env.TELECLAUDE_CONFIG
  return { cwd, env, ...(given && { path: resolve(given) }) }
}
