import { readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, TeleclaudeError } from '../errors.ts'
import { readAsModules, shareOwnModules } from './own-modules.ts'

/**
 * Reads a configuration file as it is written: JSON is parsed, everything else imported.
 * @throws TC_ERR_CONFIG_LOAD with the place where it fails
 */
export async function readConfig(path: string): Promise<unknown> {
  return path.endsWith('.json') ? readJson(path) : await importConfig(path)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw unloadable(path, messageOf(cause), cause)
  }
}

async function importConfig(path: string): Promise<unknown> {
  const file = realpathSync(path)
  shareOwnModules()
  readAsModules(dirname(file))
  let module: { default?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (cause) {
    throw unloadable(path, reason(cause), cause)
  }
  if (module.default !== undefined) return await module.default
  throw unloadable(path, 'it has no default export. Write `export default defineConfig({ … })`')
}

function unloadable(path: string, why: string, cause?: unknown): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CONFIG_LOAD', `cannot load the configuration ${path}: ${why}`, { cause })
}

/** The message, and where it was thrown as far as the stack tells: for a syntax error its first line does. */
function reason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `it threw ${String(thrown)}`
  if ('code' in thrown && thrown.code === 'ERR_MODULE_NOT_FOUND') return thrown.message // it says both files
  const lines = (thrown.stack ?? '').split('\n').filter(line => !line.includes('node:internal'))
  const [place] = /(?:\/|file:)\S+:\d+(?::\d+)?/.exec(lines.join('\n')) ?? []
  return place ? `${thrown.message} (at ${place})` : thrown.message
}
