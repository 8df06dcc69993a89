import { type Entry, TextRenderer } from '../../../core/index.ts'
import { cleanForFile, type Mask, maskInPieces, sizeText } from '../text/index.ts'

/** Turns a session's entries, as they are read, into the text of its log: clean, without secrets, and what is missing said. */
export class LogText {
  readonly #mask: ReturnType<typeof maskInPieces>
  #renderer = new TextRenderer()
  #isAtStartOfLine = true

  constructor(mask: Mask) {
    this.#mask = maskInPieces(mask)
  }

  /** The text that can be written already. */
  take(entries: readonly Entry[]): string {
    return this.#masked(entries.map(entry => this.#textOf(entry)).join(''))
  }

  end(): string {
    return this.#masked(this.#printed(this.#renderer.render([]))) + this.#mask.end()
  }

  #masked(text: string): string {
    return this.#mask.take(cleanForFile(text))
  }

  #textOf(entry: Entry): string {
    if (entry.kind !== 'gap') return this.#printed(this.#renderer.renderLines([entry]))
    const before = this.#printed(this.#renderer.render([]))
    // How the terminal's line goes on is not known.
    this.#renderer = new TextRenderer()
    const lineBreak = this.#isAtStartOfLine ? '' : '\n'
    const what = entry.bytes > 0 ? `${sizeText(entry.bytes)} are` : 'something is'
    const why = entry.reason === 'retention' ? 'kept no more' : 'not here'
    return before + this.#printed(`${lineBreak}[… ${what} ${why} …]\n`)
  }

  #printed(text: string): string {
    if (text) this.#isAtStartOfLine = text.endsWith('\n')
    return text
  }
}
