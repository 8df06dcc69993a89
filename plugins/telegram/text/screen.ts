import { cleanForChat } from './clean.ts'
import { renderPre } from './escape.ts'
import { boundaryBefore } from './graphemes.ts'
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
  const mark = (line: string, row: number) => (row === cursor.row ? withCursor(line, cursor.col) : line)
  const shown = shownLines(lines, mask, mark).join('\n').replace(/^\n+/, '').trimEnd()
  return renderPre(tailOf(shown || CURSOR, { maxLines: lines.length + 1, maxUnits: MAX_UNITS }))
}

/** What a screen shows, as text without its secrets, also those that go on in the next line. */
export function screenText(lines: readonly string[], mask: Mask): string {
  return shownLines(lines, mask, line => line).join('\n')
}

function shownLines(
  lines: readonly string[],
  mask: Mask,
  mark: (line: string, row: number) => string,
): readonly string[] {
  const clean = lines.map(line => cleanForChat(line).replaceAll('\n', ' ').trimEnd())
  const width = Math.max(LEAST_WIDTH, ...clean.map(({ length }) => length))
  return maskLines(clean.map(mark), width, mask)
}

function withCursor(line: string, column: number): string {
  if (column < line.length) return line
  return line.padEnd(Math.min(column, MAX_COLUMN)) + CURSOR
}

/** A line that fills the width goes on in the next: they are masked as one. */
function maskLines(lines: readonly string[], width: number, mask: Mask): string[] {
  const groups: string[][] = [[]]
  for (const line of lines) {
    groups.at(-1)?.push(line)
    if (line.length < width) groups.push([])
  }
  const masked = mask(groups.map(group => group.join('')).join('\n')).split('\n')
  if (masked.length !== groups.length) return masked
  return groups.flatMap((group, index) => asLines(masked[index] ?? '', group, width, mask))
}

/** The lines as they were, unless a secret goes over the end of one: then those that it leaves. */
function asLines(masked: string, group: readonly string[], width: number, mask: Mask): readonly string[] {
  if (masked === group.join('')) return group
  const apart = group.map(mask)
  if (masked === apart.join('')) return apart
  const lines: string[] = []
  for (let at = 0; at < masked.length; ) {
    const end = boundaryBefore(masked, at + width, at)
    lines.push(masked.slice(at, end))
    at = end
  }
  return lines
}
