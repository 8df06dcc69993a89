import { type DestinationStream, type Level, type Logger, pino } from 'pino'
import { openLogFile } from './log-file.ts'
import { redactLine } from './redaction.ts'

export type { Logger } from 'pino'

export type LogLevel = Level | 'silent'

export interface LogOptions {
  readonly level?: LogLevel
  /** Levels of single plugins, by name. */
  readonly pluginLevels?: Readonly<Record<string, LogLevel>>
  /** Standard error, a bounded file (see {@link openLogFile}), or anything with `write`. */
  readonly destination?: 'stderr' | { readonly file: string } | DestinationStream
  /** Values to black out wherever they appear; looked at for every record, so that it may grow. */
  readonly secrets?: ReadonlySet<string>
}

/**
 * Makes the daemon's log: one JSON object per line, with nothing in it that looks like a secret.
 * A child with the binding `plugin` gets that plugin's own level.
 */
export function createLogger(options: LogOptions = {}): Logger {
  const { level = 'info', pluginLevels = {}, destination = 'stderr', secrets = new Set() } = options
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      hooks: { streamWrite: line => redactLine(line, secrets) },
      onChild(child) {
        const { plugin } = child.bindings()
        const own = typeof plugin === 'string' ? pluginLevels[plugin] : undefined
        if (own) child.level = own
      },
    },
    streamOf(destination),
  )
}

function streamOf(destination: NonNullable<LogOptions['destination']>): DestinationStream {
  if (destination === 'stderr') return pino.destination({ dest: 2, sync: true })
  return 'file' in destination ? openLogFile(destination.file) : destination
}
