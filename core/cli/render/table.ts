import { neutralise } from '../neutralise.ts'
import type { Printer, Style } from '../streams.ts'

export interface Column<Row> {
  readonly title: string
  readonly of: (row: Row) => string
  readonly style?: (row: Row) => Style
}

const GAP = '  '

/** Rows under their titles. What does not fit a terminal's width is cut at the right; piped, nothing is. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { style, stdout, isTerminal }: Printer,
): string {
  const cells = rows.map(row => columns.map(({ of }) => neutralise(of(row))))
  const widths = columns.map(({ title }, c) =>
    Math.max(title.length, ...cells.map(line => width(line[c] ?? ''))),
  )
  const fit = fitter(isTerminal ? stdout.columns : undefined)
  const head = columns.map(({ title }, c) => ({ text: title, width: widths[c] ?? 0, style: 'bold' as Style }))
  const lines = rows.map((row, r) =>
    columns.map((column, c) => ({
      text: cells[r]?.[c] ?? '',
      width: widths[c] ?? 0,
      style: column.style?.(row),
    })),
  )
  return [head, ...lines].map(line => `${fit(line, style)}\n`).join('')
}

interface Cell {
  readonly text: string
  readonly width: number
  readonly style?: Style | undefined
}

function fitter(room = Number.POSITIVE_INFINITY) {
  return (cells: readonly Cell[], style: Printer['style']): string => {
    let left = room
    let line = ''
    for (const [index, cell] of cells.entries()) {
      const isLast = index === cells.length - 1
      const shown = cut(cell.text, Math.max(0, left))
      line += cell.style ? style(cell.style, shown) : shown
      if (isLast) break
      line += `${' '.repeat(Math.max(0, Math.min(cell.width - width(cell.text), left)))}${GAP}`
      left -= cell.width + GAP.length
    }
    return line.trimEnd()
  }
}

/** In code points, which is right for what most titles hold. */
function width(text: string): number {
  return [...text].length
}

function cut(text: string, room: number): string {
  return width(text) <= room
    ? text
    : `${[...text].slice(0, Math.max(0, room - 1)).join('')}${room > 0 ? '…' : ''}`
}
