import { asTeleclaudeError, isTeleclaudeError } from '../../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { reportError } from '../report-error.ts'
import type { ParsedVerb } from '../verb.ts'

export const configCheck: ParsedVerb = {
  configure(command) {
    command
      .option(
        '--config <path>',
        'the configuration (else TELECLAUDE_CONFIG, this folder, ~/.config/teleclaude)',
      )
      .option('--json', 'print the result as JSON')
      .addHelpText(
        'after',
        '\nThe configuration is loaded as the daemon does, so it runs. Exits with 1 if it is wrong.',
      )
  },
  async run({ options }, cli) {
    const { loadConfig } = await import('../../config/load-config.ts')
    const path = (options.config as string | undefined) ?? cli.configPath
    try {
      const { source, plugins, environment, config } = await loadConfig({
        cwd: process.cwd(),
        env: cli.env,
        path,
      })
      const names = plugins.map(({ definition }) => definition.name)
      const found = { ok: true, source, environment, computer: config.computer.name, plugins: names }
      const text = `${source ?? 'The built-in default'} is fine: ${config.computer.name} with ${names.join(', ') || 'no plugins'}.\n`
      await cli.print(options.json === true ? `${JSON.stringify(found)}\n` : text)
      return EXIT.ok
    } catch (error) {
      // It is the answer, not a failure of the command; only its form differs.
      if (options.json !== true || !isTeleclaudeError(error)) throw error
      const { code, message } = asTeleclaudeError(error)
      await cli.print(`${JSON.stringify({ ok: false, code, problems: message.split('\n') })}\n`)
      cli.stderr.write(reportError(error, false))
      return EXIT.error
    }
  },
}
