import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { Option } from 'commander'
import { sleep } from '../../clock.ts'
import { TeleclaudeError } from '../../errors.ts'
import type { Cli } from '../context.ts'
import { LEVELS, type LogRecord, readRecord, renderRecord } from '../render/log-record.ts'
import type { ParsedVerb } from '../verb.ts'

const LOOK_AGAIN_MS = 200
const CHUNK_BYTES = 65_536
const DEFAULT_LINES = 200

export const logs: ParsedVerb = {
  configure(command) {
    command
      .option('-f, --follow', 'go on with what comes')
      .addOption(new Option('--level <level>', 'only this level and above').choices(LEVELS).default('trace'))
      .option(
        '-n, --lines <count>',
        `how many of the newest (default ${DEFAULT_LINES})`,
        Number,
        DEFAULT_LINES,
      )
      .option('--json', 'print the records as they are, one JSON object per line')
  },
  async run({ options }, cli) {
    if (!existsSync(cli.logPath)) throw noLog(cli)
    const least = LEVELS.indexOf(String(options.level))
    const isShown = (record: LogRecord) => LEVELS.indexOf(record.level) >= least
    const show = (record: LogRecord) => (options.json ? `${record.line}\n` : renderRecord(record, cli))
    const log = new LogFile(cli.logPath)
    const newest = log.read().filter(isShown).slice(-Number(options.lines))
    await cli.print(newest.map(show).join(''))
    while (options.follow === true && !cli.signal.aborted) {
      await sleep(cli.clock, LOOK_AGAIN_MS, cli.signal)
      await cli.print(log.read().filter(isShown).map(show).join(''))
    }
    return undefined
  },
}

/** A log that grows, and that is now and then replaced by an empty one. */
class LogFile {
  readonly #path: string
  #inode = 0
  #at = 0
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  /** The records since the last time. */
  read(): LogRecord[] {
    if (!existsSync(this.#path)) return []
    if (statSync(this.#path).ino !== this.#inode) this.#at = 0
    const fd = openSync(this.#path, 'r')
    try {
      const { ino, size } = fstatSync(fd)
      this.#inode = ino
      if (size < this.#at) this.#at = 0
      const lines = (this.#rest + this.#readFrom(fd)).split('\n')
      this.#rest = lines.pop() ?? ''
      return lines.filter(Boolean).map(readRecord)
    } finally {
      closeSync(fd)
    }
  }

  #readFrom(fd: number): string {
    const chunks: Buffer[] = []
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, this.#at)
      if (length === 0) return Buffer.concat(chunks).toString()
      chunks.push(chunk.subarray(0, length))
      this.#at += length
    }
  }
}

function noLog({ logPath, commandLine }: Cli): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_NOT_RUNNING',
    `there is no log at ${logPath} yet: no daemon has run in the background. Start one with: ${commandLine} start --detach`,
  )
}
