import { cleanForChat } from './clean.ts'
import { renderPre } from './escape.ts'
import type { Mask } from './mask.ts'
import { tailOf } from './tail.ts'

/** A rendered screen, as `session.read` answers with `format: 'screen'`. */
export interface ScreenText {
  readonly lines: readonly string[]
  readonly cursor: { readonly row: number; readonly col: number }
}

const MAX_UNITS = 4096
/** Fewer columns than any terminal that is used has: a shorter line did not break for want of room. */
const LEAST_WIDTH = 20
/** No terminal is wider: resizing is bounded by it. */
const MAX_COLUMN = 1000
const CURSOR = '▏'

/**
 * A screen as one monospace block of one message, the cursor where nothing else stands. Its secrets are masked, also those
 * that go on in the next line.
 */
export function renderScreen({ lines, cursor }: ScreenText, mask: Mask): string {
  const clean = lines.map(line => cleanForChat(line).replaceAll('\n', ' ').trimEnd())
  const width = Math.max(LEAST_WIDTH, ...clean.map(({ length }) => length))
  const marked = clean.map((line, row) => (row === cursor.row ? withCursor(line, cursor.col) : line))
  const shown = maskLines(marked, width, mask).join('\n').replace(/^\n+/, '').trimEnd()
  return renderPre(tailOf(shown || CURSOR, { maxLines: lines.length + 1, maxUnits: MAX_UNITS }))
}

function withCursor(line: string, column: number): string {
  if (column < line.length) return line
  return line.padEnd(Math.min(column, MAX_COLUMN)) + CURSOR
}

/** A line that fills the width is one with the next: they are masked together, and stay together if that changed them. */
function maskLines(lines: readonly string[], width: number, mask: Mask): string[] {
  const groups: string[][] = [[]]
  for (const line of lines) {
    groups.at(-1)?.push(line)
    if (line.length < width) groups.push([])
  }
  const whole = groups.map(group => group.join(''))
  const masked = mask(whole.join('\n')).split('\n')
  if (masked.length !== whole.length) return masked
  return masked.flatMap((line, index) => (line === whole[index] ? (groups[index] ?? []) : [line]))
}
