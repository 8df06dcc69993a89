import type { Finding } from '../../host/finding.ts'
import { checkup } from '../checkup.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { neutralise } from '../neutralise.ts'
import { withSpinner } from '../spinner.ts'
import type { Style } from '../streams.ts'
import type { ParsedVerb } from '../verb.ts'

export const doctor: ParsedVerb = {
  configure(command) {
    command
      .option(
        '--config <path>',
        'the configuration (else TELECLAUDE_CONFIG, this folder, ~/.config/teleclaude)',
      )
      .option('--json', 'print the findings as JSON')
      .addHelpText(
        'after',
        '\nExits with 1 if something is broken; what only deserves a look does not count.',
      )
  },
  async run({ options }, cli) {
    const path = (options.config as string | undefined) ?? cli.configPath
    const findings = await withSpinner(cli, 'looking', checkup(cli, path))
    const ok = findings.every(({ state }) => state !== 'fail')
    const text = findings.map(finding => render(finding, cli)).join('')
    const asJson = () => `${JSON.stringify({ ok, checks: findings.map(jsonOf) })}\n`
    await cli.print(options.json === true ? asJson() : text)
    return ok ? EXIT.ok : EXIT.error
  },
}

/** What programs read; they hold on to these names. */
function jsonOf({ name, state, message, fix }: Finding) {
  return { id: name.replaceAll(' ', '-'), level: state, what: message, fix: fix ?? null }
}

const STYLE: Readonly<Record<Finding['state'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red' }

/** The longest name of a check. */
const WIDEST = 'better-sqlite3'.length
const INDENT = 'warn'.length + 2 + WIDEST + 1

function render({ name, state, message, fix }: Finding, { style }: Cli): string {
  const lines = [...message.split('\n'), ...(fix ? [fix] : [])]
  const text = lines.map(neutralise).join(`\n${' '.repeat(INDENT)}`)
  return `${style(STYLE[state], state.padEnd(4))}  ${name.padEnd(WIDEST)} ${text}\n`
}
