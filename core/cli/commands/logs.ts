import { existsSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'
import { sleep } from '../../clock.ts'
import { TeleclaudeError } from '../../errors.ts'
import type { Cli } from '../context.ts'
import { pluginDefinitions } from '../plugin-definitions.ts'
import { isAtLeast, LEVELS, type LogRecord, recordAsJson, renderRecord } from '../render/log-record.ts'
import type { ParsedVerb } from '../verb.ts'
import { LogFile } from './logs-file.ts'

const LOOK_AGAIN_MS = 200
const DEFAULT_LINES = 200
/** What the daemon itself says, which is of no plugin. */
const CORE = 'core'

export const logs: ParsedVerb = {
  configure(command) {
    command
      .option('-f, --follow', 'go on with what comes')
      .addOption(new Option('--level <level>', 'only this level and above').choices(LEVELS).default('trace'))
      .option(
        '--plugin <name>',
        `only what this plugin says, or '${CORE}' for the daemon itself (may be repeated)`,
        (name: string, before: readonly string[] = []) => [...before, name],
      )
      .option(
        '-n, --lines <count>',
        `how many of the newest (default ${DEFAULT_LINES})`,
        countOf,
        DEFAULT_LINES,
      )
      .option('--json', 'print one JSON object per line')
  },
  async run({ options }, cli) {
    if (!existsSync(cli.logPath)) throw noLog(cli)
    const log = new LogFile(cli.logPath)
    const records = log.read()
    // Declared above.
    const plugins = (options.plugin ?? []) as readonly string[]
    await requireKnown(plugins, records, cli)
    const isShown = filterOf(String(options.level), plugins)
    const show = (record: LogRecord) =>
      options.json === true ? recordAsJson(record) : renderRecord(record, cli)
    const newest = newestOf(records.filter(isShown), Number(options.lines))
    await cli.print(newest.map(show).join(''))
    while (options.follow === true && !cli.signal.aborted) {
      await sleep(cli.clock, LOOK_AGAIN_MS, cli.signal)
      await cli.print(log.read().filter(isShown).map(show).join(''))
    }
    return undefined
  },
}

function filterOf(level: string, plugins: readonly string[]): (record: LogRecord) => boolean {
  return record => isAtLeast(record, level) && (plugins.length === 0 || plugins.includes(pluginOf(record)))
}

function pluginOf({ plugin }: LogRecord): string {
  return plugin || CORE
}

function newestOf(records: readonly LogRecord[], count: number): readonly LogRecord[] {
  return count === 0 ? [] : records.slice(-count)
}

/** A plugin may be configured and silent, or have spoken and be configured no more. */
async function requireKnown(
  asked: readonly string[],
  records: readonly LogRecord[],
  cli: Cli,
): Promise<void> {
  const heard = new Set([CORE, ...records.map(pluginOf)])
  if (asked.every(name => heard.has(name))) return
  const known = new Set([...heard, ...(await pluginDefinitions(cli)).map(({ name }) => name)])
  const unknown = asked.find(name => !known.has(name))
  if (unknown === undefined) return
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `there is no plugin '${unknown}', neither in the log nor in the configuration. There are: ${[...known].sort().join(', ')}`,
  )
}

function countOf(text: string): number {
  const count = Number(text)
  if (text.trim() !== '' && Number.isInteger(count) && count >= 0) return count
  throw new InvalidArgumentError('It must be a whole number.')
}

function noLog({ logPath, commandLine }: Cli): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_NOT_RUNNING',
    `there is no log at ${logPath} yet: no daemon has run in the background. Start one with: ${commandLine} start --detach`,
  )
}
