import { RE2JS } from 're2js'
import { messageOf, TeleclaudeError } from '../../errors.ts'

/** How much text before the newest piece a match may begin in. */
const WINDOW = 8192
/** The longest pattern that is compiled. */
const MAX_PATTERN = 1000

/**
 * Watches growing text for a pattern that a stranger wrote: matched in linear time (RE2 syntax, no back-references
 * or look-around), `^` and `$` at line ends, over a bounded window.
 */
export class PatternWatch {
  readonly #regex: RE2JS
  #window = ''

  /** @throws TC_ERR_PATTERN_INVALID */
  constructor(pattern: string) {
    this.#regex = compile(pattern)
  }

  /** Whether the text now holds a match. */
  push(text: string): boolean {
    if (!text) return false
    this.#window += text
    const isMatch = this.#regex.matcher(this.#window).find()
    this.#window = this.#window.slice(-WINDOW)
    return isMatch
  }
}

function compile(pattern: string): RE2JS {
  try {
    if (pattern.length > MAX_PATTERN) throw new Error(`it is longer than ${MAX_PATTERN} characters`)
    return RE2JS.compile(pattern, RE2JS.MULTILINE)
  } catch (thrown) {
    throw new TeleclaudeError(
      'TC_ERR_PATTERN_INVALID',
      `wait_for is not a usable regular expression: ${messageOf(thrown)}. RE2 syntax: no back-references, no look-around.`,
      { cause: thrown },
    )
  }
}
