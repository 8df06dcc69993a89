import { asTeleclaudeError, errorToWire } from '../errors.ts'
import { neutraliseLines } from './neutralise.ts'

/** What stderr shows of an error: a line for people, or one JSON object. Errors may hold text of strangers. */
export function reportError(thrown: unknown, asJson: boolean): string {
  const error = asTeleclaudeError(thrown)
  if (asJson) return `${JSON.stringify({ error: errorToWire(error) })}\n`
  return `teleclaude: ${neutraliseLines(error.message.trimEnd())} (${error.code})\n`
}
