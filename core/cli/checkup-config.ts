import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LoadedConfig } from '../config/load-config.ts'
import { messageOf } from '../errors.ts'
import { fail, type Look, ok, warn } from '../host/finding.ts'
import type { Cli } from './context.ts'
import { shellQuote } from './installation.ts'

const GROUP_OR_OTHERS_WRITE = 0o022
const STICKY = 0o1000

/** Whether the configuration is right, and nobody else's: it is code that the daemon runs. */
export async function checkConfig(
  { commandLine }: Cli,
  loading: Promise<LoadedConfig>,
  given?: string,
): Look {
  try {
    const { source, plugins } = await loading
    const open = source === null ? [] : [dirname(source), source].filter(isOpen)
    if (open.length > 0) {
      const what = `others can write to ${open.join(' and ')}, and so run programs as you`
      return warn(what, `chmod go-w ${open.map(shellQuote).join(' ')}`)
    }
    const names = plugins.map(({ definition }) => definition.name).join(', ')
    if (source) return ok(`${source} (${names})`)
    return ok(`built-in default (${names}); to have one of your own: ${commandLine} init`)
  } catch (error) {
    const named = given === undefined ? '' : ` --config ${shellQuote(given)}`
    return fail(messageOf(error), `Correct it, then: ${commandLine} config check${named}`)
  }
}

/** In a folder like /tmp others can add files, and not replace one. */
function isOpen(path: string): boolean {
  const { mode } = statSync(path)
  return (mode & GROUP_OR_OTHERS_WRITE) !== 0 && (mode & STICKY) === 0
}
