import { neutralise } from '../neutralise.ts'
import type { Printer, Style } from '../streams.ts'

/** The levels of the log, the least important first. */
export const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

const LEVEL_STYLE: ReadonlyMap<string, Style> = new Map([
  ['info', 'green'],
  ['warn', 'yellow'],
  ['error', 'red'],
  ['fatal', 'red'],
])

/** One line of the log, read as far as it can be. */
export interface LogRecord {
  readonly line: string
  readonly level: string
  readonly time: string
  readonly plugin: string
  readonly message: string
  readonly rest: Readonly<Record<string, unknown>>
}

export function readRecord(line: string): LogRecord {
  try {
    const { level = 'info', time = '', plugin = '', msg = '', ...rest } = JSON.parse(line)
    return {
      line,
      level: String(level),
      time: String(time),
      plugin: String(plugin),
      message: String(msg),
      rest,
    }
  } catch {
    // Written by something else than the log, such as a crash of Node.js: always shown.
    return { line, level: 'fatal', time: '', plugin: '', message: line, rest: {} }
  }
}

export function renderRecord({ level, time, plugin, message, rest }: LogRecord, { style }: Printer): string {
  const words = [
    style('dim', neutralise(time)),
    style(LEVEL_STYLE.get(level) ?? 'dim', neutralise(level).padEnd(5)),
    ...(plugin ? [style('cyan', neutralise(plugin))] : []),
    neutralise(message),
    ...Object.entries(rest).map(([name, value]) => style('dim', neutralise(`${name}=${inLine(value)}`))),
  ]
  return `${words.filter(Boolean).join(' ')}\n`
}

function inLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return 'message' in value ? String(value.message) : JSON.stringify(value)
}
