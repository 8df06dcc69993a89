import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { TeleclaudeError } from '../../core/index.ts'

/** What an operation returned, for programs (`structuredContent`) and for models that read `content` alone. */
export function toResult(output: unknown): CallToolResult {
  // The output schema of every tool is an object, so this is one.
  const structuredContent = output as Record<string, unknown>
  return { structuredContent, content: toContent(structuredContent) }
}

/** The text begins with the code, which is what callers can rely on. */
export function toToolError(error: TeleclaudeError): CallToolResult {
  const again = error.retryable ? ' (trying again later may work)' : ''
  return { isError: true, content: [{ type: 'text', text: `${error.code}: ${error.message}${again}` }] }
}

/** Terminal output as it is, with what else there is to know below it; anything else as JSON. */
function toContent(result: Record<string, unknown>): CallToolResult['content'] {
  const { output, ...facts } = result
  if (typeof output !== 'string') return [{ type: 'text', text: JSON.stringify(result) }]
  const status = { type: 'text' as const, text: statusLine(facts) }
  // Some model providers refuse an empty text block.
  return output === '' ? [status] : [{ type: 'text', text: output }, status]
}

/** `[complete: true, completed_by: mark, exit_code: 0, cursor: k3f.7]`: every fact that says something. */
function statusLine(facts: Record<string, unknown>): string {
  const said = Object.entries(facts).filter(([, value]) => !isEmpty(value))
  return `[${said.map(([name, value]) => `${name}: ${plain(value)}`).join(', ')}]`
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0)
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
