import { renderPre } from './escape.ts'
import { plainInline } from './markdown-plain.ts'
import type { Tokens } from './markdown-token.ts'

/** A phone shows some forty columns of monospace text: wider columns are not aligned. */
const MAX_COLUMN = 40
const WIDE = /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu

/** A table as monospace text, its columns aligned. */
export function renderTable({ header, rows, align }: Tokens.Table): string {
  const cells = [header, ...rows].map(row => row.map(({ tokens }) => plainInline(tokens)))
  const widths = header.map((_, column) =>
    Math.min(MAX_COLUMN, Math.max(...cells.map(row => widthOf(row[column])))),
  )
  const lines = cells.map(row => writeRow(row, widths, align))
  lines.splice(1, 0, widths.map(width => '─'.repeat(width)).join('─┼─'))
  return renderPre(lines.join('\n'))
}

function writeRow(row: readonly string[], widths: readonly number[], align: Tokens.Table['align']): string {
  const cells = widths.map((width, column) => {
    const cell = row[column] ?? ''
    const blanks = ' '.repeat(Math.max(0, width - widthOf(cell)))
    return align[column] === 'right' ? blanks + cell : cell + blanks
  })
  return cells.join(' │ ').trimEnd()
}

function widthOf(cell = ''): number {
  return [...cell].length + (cell.match(WIDE)?.length ?? 0)
}
