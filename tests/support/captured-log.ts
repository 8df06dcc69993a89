import { createLogger, type LogOptions } from '../../core/log.ts'

/** A real log whose records can be looked at. */
export function capturedLog(options: Omit<LogOptions, 'destination'> = {}) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'trace', ...options, destination })
  const records = (): Record<string, unknown>[] => lines.map(line => JSON.parse(line))
  return { log, lines, records }
}
