import type { Entry } from '../journal/entry.ts'

// One token of a terminal's output: a run of printable text, a CSI sequence with its parameters and final byte, any
// other escape sequence or string, or one control character (ECMA-48 §5.4, §8.3).
const TOKEN =
  /([^\x00-\x1f\x7f-\x9f]+)|\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|([\x00-\x1f\x7f-\x9f])/g
const NEEDS_EDITING = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/

/** A line longer than this is let go in pieces, so that rewriting it again and again stays cheap. */
const MAX_LINE = 16_384
const LOW_SURROGATE = /^[\udc00-\udfff]/
/** No terminal is wider: resizing is bounded by it. Cursor movements go no further. */
const MAX_COLUMN = 1000
/**
 * A few bytes can move the cursor a thousand columns, and all of them become blanks once something is printed there. So
 * many blanks for each byte printed, and so many besides, are more than any table needs; hostile text gets no more, so
 * that its text still fits into a reply.
 */
const BLANKS_PER_BYTE = 16
const SPARE_BLANKS = 65_536

/**
 * Turns what a terminal printed into the text that a person would copy from it: escape sequences removed, `\n` line
 * ends, lines that were written over (progress bars) as they ended up. What was drawn on the alternate screen is
 * left out.
 *
 * Successive results can be concatenated. A line that was handed out unfinished and is then written over goes on with
 * a `\r` and its new text, as on a terminal.
 */
export class TextRenderer {
  readonly #decoder = new TextDecoder()
  #out = ''
  #line = ''
  #column = 0
  /** How the current line looked when it was last handed out. */
  #shown = ''
  /** How many blanks cursor movements may still make. */
  #blanks = SPARE_BLANKS

  /** The text that `entries` add to what was rendered before. */
  render(entries: readonly Entry[]): string {
    this.#take(entries)
    this.#show()
    return this.#handOut()
  }

  /** The same without a line that is not finished: it comes with its end, as it looks then, so none is written over. */
  renderLines(entries: readonly Entry[]): string {
    this.#take(entries)
    return this.#handOut()
  }

  #take(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'output' && !entry.layer) this.#write(this.#decoder.decode(entry.data))
    }
  }

  #handOut(): string {
    const text = this.#out
    this.#out = ''
    return text
  }

  #write(text: string): void {
    this.#blanks = Math.min(this.#blanks, SPARE_BLANKS) + BLANKS_PER_BYTE * text.length
    if (this.#column === this.#line.length && !NEEDS_EDITING.test(text)) {
      this.#append(text)
      return
    }
    for (const [token, printable, parameters, final, control] of text.matchAll(TOKEN)) {
      if (printable !== undefined) this.#print(printable)
      else if (final !== undefined) this.#edit(final, parameters ?? '')
      else if (control !== undefined) this.#control(token)
    }
  }

  #append(text: string): void {
    const clean = text.replaceAll('\r\n', '\n')
    const afterBreak = clean.lastIndexOf('\n') + 1
    if (afterBreak > 0) {
      this.#line += clean.slice(0, clean.indexOf('\n'))
      this.#breakLine()
      this.#out += clean.slice(clean.indexOf('\n') + 1, afterBreak)
    }
    this.#print(clean.slice(afterBreak))
  }

  #print(run: string): void {
    const { length } = this.#line
    if (this.#column === length) this.#line += run
    else {
      if (this.#column > length) this.#column = length + this.#takeBlanks(this.#column - length)
      const before = this.#line.slice(0, this.#column).padEnd(this.#column)
      this.#line = before + run + this.#line.slice(this.#column + run.length).replace(LOW_SURROGATE, '')
    }
    this.#column += run.length
    if (this.#line.length > MAX_LINE) this.#letGo()
  }

  #takeBlanks(wanted: number): number {
    const taken = Math.min(wanted, this.#blanks)
    this.#blanks -= taken
    return taken
  }

  #control(char: string): void {
    if (char === '\n') this.#breakLine()
    else if (char === '\r') this.#column = 0
    else if (char === '\t') this.#print('\t')
    else if (char === '\b') this.#column = Math.max(0, this.#column - 1)
  }

  /** The sequences that act within one line (ECMA-48 §8.3); a jump elsewhere on the screen ends the line. */
  #edit(final: string, parameters: string): void {
    const count = Math.min(Number.parseInt(parameters, 10) || 1, MAX_COLUMN)
    if (final === 'C') this.#column = Math.min(this.#column + count, Math.max(this.#line.length, MAX_COLUMN))
    else if (final === 'D') this.#column = Math.max(0, this.#column - count)
    else if (final === 'G') this.#column = count - 1
    else if (final === 'K') this.#eraseInLine(parameters)
    else if (final === 'P') this.#splice(count, '')
    else if (final === '@') this.#splice(0, ' '.repeat(this.#takeBlanks(count)))
    else if ((final === 'H' || final === 'f') && this.#line) this.#breakLine()
  }

  /** What is pushed out at the right is gone, as on a terminal: inserting again and again must not make a line of any length. */
  #splice(remove: number, insert: string): void {
    const line = this.#line.slice(0, this.#column) + insert + this.#line.slice(this.#column + remove)
    this.#line = line.slice(0, MAX_LINE)
  }

  #eraseInLine(mode: string): void {
    if (mode === '1') {
      const erased = Math.min(this.#column, this.#line.length)
      this.#line = ' '.repeat(erased) + this.#line.slice(erased)
    } else this.#line = mode === '2' ? '' : this.#line.slice(0, this.#column)
  }

  #breakLine(): void {
    this.#letGo()
    this.#out += '\n'
  }

  #letGo(): void {
    this.#show()
    this.#line = ''
    this.#shown = ''
    this.#column = 0
  }

  /** Hands out what the current line has gained, or all of it where it no longer begins as it was handed out. */
  #show(): void {
    if (this.#line === this.#shown) return
    this.#out += this.#line.startsWith(this.#shown) ? this.#line.slice(this.#shown.length) : `\r${this.#line}`
    this.#shown = this.#line
  }
}
