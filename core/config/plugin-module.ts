import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, TeleclaudeError } from '../errors.ts'
import type { ConfiguredPlugin, PluginFactory } from '../host/plugin.ts'
import { closest } from './closest.ts'
import { ownModule, ownPlugins, packageFrom } from './own-modules.ts'
import type { PluginEntry } from './schema.ts'

/** A published plugin: `teleclaude-plugin-x`, or anything in a scope. No other package is imported for a misspelt name. */
const PACKAGE = /^(teleclaude-plugin-|@[^/]+\/)./
const PATH = /^\.{0,2}\//

/**
 * Imports the plugin that an entry of a configuration names; an entry that is a plugin already is returned as it is.
 * @param dir the configuration's folder, where paths and packages are looked for
 * @throws TC_ERR_PLUGIN_UNKNOWN, TC_ERR_CONFIG_LOAD if its module throws or exports no plugin
 */
export async function resolvePlugin(entry: PluginEntry, dir: string): Promise<ConfiguredPlugin> {
  if (typeof entry === 'string') return (await importPlugin(entry, dir))()
  if ('definition' in entry) return entry
  const [name, options] = entry
  const { definition } = await importPlugin(name, dir)
  return { definition, options: options ?? {} }
}

type AnyFactory = PluginFactory & (() => ConfiguredPlugin)

async function importPlugin(name: string, dir: string): Promise<AnyFactory> {
  const specifier = locate(name, dir)
  let module: Record<string, unknown>
  try {
    module = await import(specifier)
  } catch (cause) {
    if (isMissing(cause, name)) throw unknownPlugin(name, cause)
    throw new TeleclaudeError(
      'TC_ERR_CONFIG_LOAD',
      `the plugin '${name}' cannot be imported: ${messageOf(cause)}`,
      {
        cause,
      },
    )
  }
  const factory = factoryIn(module)
  if (factory) return factory
  throw new TeleclaudeError(
    'TC_ERR_CONFIG_LOAD',
    `the module of plugin '${name}' exports no plugin. Export what definePlugin returns as its default.`,
  )
}

function locate(name: string, dir: string): string {
  const own = ownPlugins().includes(name) && ownModule(`teleclaude/plugins/${name}`)
  if (own) return own
  if (PACKAGE.test(name)) return packageFrom(dir, name)
  const path = PATH.test(name) && resolve(dir, name)
  if (path && existsSync(path)) return pathToFileURL(path).href
  throw unknownPlugin(name)
}

function factoryIn(module: Record<string, unknown>): AnyFactory | undefined {
  if (isFactory(module.default)) return module.default
  const [only, ...others] = Object.values(module).filter(isFactory)
  return others.length === 0 ? only : undefined
}

function isFactory(value: unknown): value is AnyFactory {
  return typeof value === 'function' && 'definition' in value
}

/** Whether it is the plugin itself that is not there, rather than something that it imports. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException // every property of anything thrown may be asked for
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)
}

function unknownPlugin(name: string, cause?: unknown): TeleclaudeError {
  const names = ownPlugins()
  const meant = closest(name, names)
  const advice = meant
    ? `Did you mean '${meant}'?`
    : `The plugins that come with it are ${names.join(', ')}; others are named by their package (teleclaude-plugin-…), which must be installed, or by a path (./my-plugin.ts).`
  return new TeleclaudeError('TC_ERR_PLUGIN_UNKNOWN', `there is no plugin '${name}'. ${advice}`, { cause })
}
