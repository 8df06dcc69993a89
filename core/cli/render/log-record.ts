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
  /** Written by something else than the log. */
  readonly isPlain: boolean
}

/**
 * Reads the lines of a log, one after the other. Those that the log has not written itself, such as what Node.js says
 * when it crashes, belong together: they count as fatal from where they look like a crash, as warnings of Node.js where
 * they are these, and else as information.
 */
export function createRecordReader(): (line: string) => LogRecord {
  let plainLevel: string | null = null
  return line => {
    const record = parse(line)
    if (record) {
      plainLevel = null
      return record
    }
    if (CRASH.test(line)) plainLevel = 'fatal'
    else if (plainLevel !== 'fatal' && NODE_WARNING.test(line)) plainLevel = 'warn'
    plainLevel ??= 'info'
    return { line, level: plainLevel, time: '', plugin: '', message: line, rest: {}, isPlain: true }
  }
}

/** How a crash of Node.js begins or goes on: the place in the source, the error, its stack, the end of the memory. */
const CRASH =
  /^(?:node:|file:|\/).*:\d+$|^Uncaught |^(?:\w*Error)\b.*|^ {4}at |FATAL ERROR|^<--- |^Node\.js v\d|^Segmentation fault/
const NODE_WARNING = /^\(node:\d+\) /

function parse(line: string): LogRecord | null {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null
    const {
      level = 'info',
      time = '',
      plugin = '',
      msg = '',
      ...rest
    } = parsed as Readonly<Record<string, unknown>>
    return {
      line,
      level: String(level),
      time: String(time),
      plugin: String(plugin),
      message: String(msg),
      rest,
      isPlain: false,
    }
  } catch {
    return null
  }
}

/** Whether a record is at least so important; one of a level that is not known counts as information. */
export function isAtLeast({ level }: LogRecord, least: string): boolean {
  return LEVELS.indexOf(LEVELS.includes(level) ? level : 'info') >= LEVELS.indexOf(least)
}

/** One JSON object on a line, also for what was none. */
export function recordAsJson({ line, level, message, isPlain }: LogRecord): string {
  return `${isPlain ? JSON.stringify({ level, msg: message }) : line}\n`
}

export function renderRecord(record: LogRecord, { style }: Printer): string {
  const { level, time, plugin, message, rest, isPlain } = record
  if (isPlain) return `${neutralise(message)}\n`
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
