import { asTeleclaudeError, errorToWire, type TeleclaudeError } from '../errors.ts'

/** What stderr shows of an error: a line for people, or one JSON object. Errors may hold text of strangers. */
export function reportError(thrown: unknown, asJson: boolean): string {
  const error = asTeleclaudeError(thrown)
  if (asJson) return `${JSON.stringify({ error: errorToWire(error) })}\n`
  return `teleclaude: ${printable(error)} (${error.code})\n`
}

/** Line breaks are kept: some messages are lists. */
function printable({ message }: TeleclaudeError): string {
  return message.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '�').trimEnd()
}
