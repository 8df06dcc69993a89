import { Script } from 'node:vm'
import { ownPlugins } from '../config/own-modules.ts'
import { TeleclaudeError } from '../errors.ts'

/** How one plugin is called in the places where it has a name. */
export interface PluginNames {
  /** In configurations as an object, in metadata and logs: `ms-teams`. */
  readonly name: string
  /** On npm, and its folder: `teleclaude-plugin-ms-teams`. */
  readonly packageName: string
  /** In code: `msTeams`. */
  readonly identifier: string
  /** Within a name in code: `MsTeams`. */
  readonly pascal: string
}

const PREFIX = 'teleclaude-plugin-'
/** What npm allows a package's name to have. */
const MAX_PACKAGE_NAME = 214
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/**
 * @param given the name, with or without `teleclaude-plugin-`
 * @throws TC_ERR_INVALID_INPUT where that cannot be the name of a package, or is one of our own plugins
 */
export function pluginNames(given: string): PluginNames {
  const name = given.startsWith(PREFIX) ? given.slice(PREFIX.length) : given
  const packageName = PREFIX + name
  if (!NAME.test(name) || packageName.length > MAX_PACKAGE_NAME) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      `${JSON.stringify(given)} cannot be the name of a plugin: it is a-z, 0-9 and single hyphens, begins with a letter and has at most ${MAX_PACKAGE_NAME - PREFIX.length} characters, e.g. 'matrix'`,
    )
  }
  if (ownPlugins().includes(name)) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      `'${name}' is a plugin that comes along, and two of one name cannot run together. Choose another name`,
    )
  }
  const identifier = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return { name, packageName, identifier, pascal: identifier.charAt(0).toUpperCase() + identifier.slice(1) }
}

/** A name that can be given to something in code that uses these words already. */
export function freeIdentifier(identifier: string, code: string): string {
  const isTaken = new RegExp(`\\b${identifier}\\b`).test(code)
  return isTaken || isReserved(identifier) ? `${identifier}Plugin` : identifier
}

/** @param identifier letters and digits */
function isReserved(identifier: string): boolean {
  try {
    new Script(`'use strict'; const ${identifier} = 0`) // compiled, not run
    return false
  } catch {
    return true
  }
}
