import { asTeleclaudeError, errorToWire, TeleclaudeError } from '../errors.ts'
import { REINSTALL } from '../reinstall.ts'
import { neutraliseLines } from './neutralise.ts'

/** What stderr shows of an error: a line for people, or one JSON object. Errors may hold text of strangers. */
export function reportError(thrown: unknown, asJson: boolean): string {
  const error = isHalfInstalled(thrown) ? halfInstalled(thrown) : asTeleclaudeError(thrown)
  if (asJson) return `${JSON.stringify({ error: errorToWire(error) })}\n`
  return `teleclaude: ${neutraliseLines(error.message.trimEnd())} (${error.code})\n`
}

/** With these Node.js says that a package is missing, or of another Node.js. */
const UNLOADABLE: ReadonlySet<unknown> = new Set([
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_DLOPEN_FAILED',
])

/** Where a configuration or a plugin could not be loaded, that is told with a code of its own. */
function isHalfInstalled(thrown: unknown): thrown is Error {
  if (thrown instanceof TeleclaudeError) return false
  return thrown instanceof Error && 'code' in thrown && UNLOADABLE.has(thrown.code)
}

function halfInstalled(cause: Error): TeleclaudeError {
  const [what = ''] = cause.message.split('\n')
  return new TeleclaudeError('TC_ERR_INTERNAL', `${what}. ${REINSTALL}`, { cause })
}
