import { type ErrorCode, messageOf, TeleclaudeError } from '../errors.ts'

/**
 * What a plugin threw, as an error that names the plugin. A code that the plugin chose is kept;
 * anything else gets `code`.
 *
 * @param doing completes "plugin 'x' …", e.g. `failed to start`
 */
export function blame(
  thrown: unknown,
  plugin: string,
  doing: string,
  code: ErrorCode,
  hook?: string,
): TeleclaudeError {
  const chosen = thrown instanceof TeleclaudeError ? thrown : undefined
  if (chosen?.plugin) return chosen
  return new TeleclaudeError(chosen?.code ?? code, `plugin '${plugin}' ${doing}: ${messageOf(thrown)}`, {
    plugin,
    hook,
    retryable: chosen?.retryable,
    cause: thrown,
  })
}
