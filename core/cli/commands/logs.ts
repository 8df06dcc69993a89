import { existsSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'
import { sleep } from '../../clock.ts'
import { TeleclaudeError } from '../../errors.ts'
import type { Cli } from '../context.ts'
import { pluginDefinitions } from '../plugin-definitions.ts'
import { isAtLeast, LEVELS, type LogRecord, recordAsJson, renderRecord } from '../render/log-record.ts'
import type { ParsedVerb } from '../verb.ts'
import { fullLogPath, LogFile } from './logs-file.ts'

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
      .option('-n, --lines <count>', 'how many of the newest', countOf, DEFAULT_LINES)
      .option('--json', 'print one JSON object per line')
  },
  async run({ options }, cli) {
    if (!existsSync(cli.logPath)) throw noLog(cli)
    // Declared above.
    const plugins = (options.plugin ?? []) as readonly string[]
    const lines = Number(options.lines)
    const isShown = filterOf(String(options.level), plugins)
    const show = (record: LogRecord) =>
      options.json === true ? recordAsJson(record) : renderRecord(record, cli)
    const heard = new Set([CORE])
    const newestOf = (file: LogFile) => newest(file, lines, record => isShown(heardOf(record, heard)))
    const log = new LogFile(cli.logPath)
    const records = newestOf(log)
    const missing = lines - records.length
    const before = missing > 0 ? newestOf(new LogFile(fullLogPath(cli.logPath))).slice(-missing) : []
    await requireKnown(plugins, heard, cli)
    await cli.print([...before, ...records].map(show).join(''))
    while (options.follow === true && !cli.signal.aborted) {
      await sleep(cli.clock, LOOK_AGAIN_MS, cli.signal)
      for (const record of log.read()) if (isShown(record)) await cli.print(show(record))
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

function heardOf(record: LogRecord, heard: Set<string>): LogRecord {
  heard.add(pluginOf(record))
  return record
}

/** The last `count` of the records that are wanted; no more of them than a few times that are held meanwhile. */
function newest(
  file: LogFile,
  count: number,
  isWanted: (record: LogRecord) => boolean,
): readonly LogRecord[] {
  const kept: LogRecord[] = []
  for (const record of file.read()) {
    if (!isWanted(record) || count === 0) continue
    kept.push(record)
    if (kept.length >= 2 * count) kept.splice(0, kept.length - count)
  }
  return kept.slice(-count)
}

/** A plugin may be configured and silent, or have spoken and be configured no more. */
async function requireKnown(asked: readonly string[], heard: ReadonlySet<string>, cli: Cli): Promise<void> {
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
    `there is no log at ${logPath} yet: no daemon has run on this state folder. Start one with: ${commandLine} start --detach`,
  )
}
