import { boundaryBefore } from './graphemes.ts'

/** A part of a text, from one index to before another. */
export interface Span {
  readonly start: number
  readonly end: number
}

const LINE_BREAKS = /\s*\n/y
const BLANKS = /\s+/y
// What Telegram takes for nothing: it refuses a message that has only this.
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\u2800\ufffc]/u

/**
 * Where text is cut so that no part has more than `maxUnits` UTF-16 units: at the end of a paragraph, else of a line, of
 * a word, of a character. The white space at a cut is in no part, but for the indentation of a line; neither is a part
 * in which nothing can be seen.
 */
export function cutText(text: string, maxUnits: number): Span[] {
  const spans: Span[] = []
  let start = behind(text, 0, LINE_BREAKS)
  while (start < text.length) {
    const end = endOfPart(text, start, maxUnits)
    const shown = text.slice(start, end).trimEnd()
    if (VISIBLE.test(shown)) spans.push({ start, end: start + shown.length })
    const next = behind(text, end, LINE_BREAKS)
    start = next > end ? next : behind(text, end, BLANKS)
  }
  return spans
}

/** A cut that leaves less than this part of a message is not worth its place. */
const LEAST_PARAGRAPH = 1 / 2
const LEAST_LINE = 1 / 4

function endOfPart(text: string, start: number, maxUnits: number): number {
  if (text.length - start <= maxUnits) return text.length
  const window = text.slice(start, start + maxUnits + 1)
  const paragraph = window.lastIndexOf('\n\n')
  if (paragraph >= maxUnits * LEAST_PARAGRAPH) return start + paragraph
  const least = maxUnits * LEAST_LINE
  const line = window.lastIndexOf('\n')
  if (line >= least) return start + line
  const word = lastBlank(window)
  return word >= least ? start + word : boundaryBefore(text, start + maxUnits, start)
}

/** Only blanks that ASCII has: others may belong to the character beside them. */
function lastBlank(text: string): number {
  let at = text.length - 1
  while (at >= 0 && text[at] !== ' ' && text[at] !== '\t') at--
  return at
}

function behind(text: string, at: number, blanks: RegExp): number {
  blanks.lastIndex = at
  return blanks.test(text) ? blanks.lastIndex : at
}
