// A terminal's escape sequence, or what is left of one (ECMA-48 §5.4, §8.3). A string that does not end in time is none.
const ESCAPE_SEQUENCE =
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)|[ -/]*[0-~])/g
const LINE_BREAK = /\r\n?|[\v\f\x85\u2028\u2029]/g
// Control characters; what turns the direction of text; what is not seen but splits words; noncharacters. The joiners
// of emoji and of Persian stay.
const UNSEEN =
  /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u180e\u200b\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff]/g
// Letters that no font shows carry hidden text, but for those that make the flag of a region.
const TAG_LETTERS = /(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,8})[\u{e0000}-\u{e007f}]/gu
const TAB_COLUMNS = 8

/**
 * A session's text without what chats must not get: NUL and other control characters, what is left of escape sequences,
 * lone surrogates, bidi overrides and hidden characters. Lines end in `\n`, and tabs are blanks (Telegram makes one blank
 * of each). Emoji stay whole.
 */
export function cleanForChat(text: string): string {
  const clean = cleanForFile(text)
  return clean.includes('\t') ? clean.split('\n').map(expandTabs).join('\n') : clean
}

/** The same with its tabs, which a file may have. */
export function cleanForFile(text: string): string {
  return text
    .toWellFormed()
    .replace(ESCAPE_SEQUENCE, '')
    .replace(LINE_BREAK, '\n')
    .replace(UNSEEN, '')
    .replace(TAG_LETTERS, '')
}

function expandTabs(line: string): string {
  const [first = '', ...cells] = line.split('\t')
  let column = first.length
  const rest = cells.map(cell => {
    const blanks = TAB_COLUMNS - (column % TAB_COLUMNS)
    column += blanks + cell.length
    return ' '.repeat(blanks) + cell
  })
  return first + rest.join('')
}
