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
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
    return JSON.parse(text)
  } catch (cause) {
    throw unloadable(path, withLine(messageOf(cause), text), cause)
  }
}

/** How much V8 shows on either side of what it does not understand. */
const SHOWN_AROUND = 10

/** Some faults V8 tells by quoting what is around them, which may be a secret; the line says it as well. */
function withLine(message: string, text: string): string {
  const [, what, dots, around = ''] =
    /^(.*?), (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/s.exec(message) ?? []
  if (what === undefined) return message
  const at = text.indexOf(around) + (dots ? SHOWN_AROUND : 0)
  const line = dots ? ` in line ${text.slice(0, at).split('\n').length}` : ''
  return `${what}${line} is not valid JSON`
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
