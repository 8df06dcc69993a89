import { type Figure, isMet, type Row, ratioOf, type Target, type Unit } from './row.ts'

const HEADINGS = ['row', 'figure', 'floor', 'measured', 'ratio', 'target', '']

/** A row that was run. */
export interface RowResult {
  readonly row: Row
  readonly figures: readonly Figure[]
}

/** The figures as a table for people. */
export function tableOf(results: readonly RowResult[]): string {
  const lines = results.flatMap(({ row, figures }) => figures.map(figure => cells(row.name, figure)))
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...lines.map(line => line[column]?.length ?? 0)),
  )
  const draw = (line: readonly string[]) =>
    line
      .map((cell, column) =>
        isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const notes = results.flatMap(({ figures }) =>
    figures.flatMap(({ what, note }) => (note ? [`${what}: ${note}`] : [])),
  )
  return [draw(HEADINGS), ...lines.map(draw), '', ...notes].join('\n')
}

/** The figures for programs. */
export function jsonOf(results: readonly RowResult[], machine: object): string {
  const rows = results.map(({ row, figures }) => ({
    row: row.name,
    figures: figures.map(figure => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) })),
  }))
  return `${JSON.stringify({ machine, rows }, null, 2)}\n`
}

function cells(row: string, figure: Figure): readonly string[] {
  const { what, unit, floor, measured, target } = figure
  const ratio = ratioOf(figure)
  return [
    row,
    what,
    floor === undefined ? '–' : amount(floor, unit),
    amount(measured, unit),
    ratio === null ? '–' : ratio.toFixed(2),
    target ? targetText(target, unit) : '–',
    { true: 'ok', false: 'MISSED', null: '' }[String(isMet(figure)) as 'true' | 'false' | 'null'],
  ]
}

/** The columns between the names and the verdict. */
function isNumeric(column: number): boolean {
  return column > 1 && column < HEADINGS.length - 1
}

function amount(value: number, unit: Unit): string {
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return `${value.toFixed(digits)} ${unit}`
}

function targetText(target: Target, unit: Unit): string {
  const [sign, bound] = 'atMost' in target ? ['≤', target.atMost] : ['≥', target.atLeast]
  return `${sign} ${bound}${target.of === 'ratio' ? ' × floor' : ` ${unit}`}`
}
