/**
 * Takes the echo of what was typed off the front of what a program printed. Where the front is something else, it is
 * left as it is.
 */
export class EchoFilter {
  /** What is still to be seen of the echo; null once it was, or was not, there. */
  #expected: string | null

  #held = ''

  /** @param typed null if nothing was typed; the echo of an empty line is its end */
  constructor(typed: string | null) {
    this.#expected = typed === null ? null : `${typed}\n`
  }

  push(text: string): string {
    if (this.#expected === null) return text
    this.#held += text
    const echo = this.#held.slice(this.#indent)
    if (echo.startsWith(this.#expected)) return this.#release(this.#indent + this.#expected.length)
    if (this.#expected.startsWith(echo)) return ''
    return this.#release(0)
  }

  /** What was held back to see whether it is the echo, and is not. */
  flush(): string {
    if (this.#expected === null) return ''
    const echo = this.#held.slice(this.#indent)
    return this.#release(this.#expected === `${echo}\n` ? this.#held.length : 0)
  }

  /** A line editor may move to the column behind its prompt once more, and the prompt is not in what is filtered. */
  get #indent(): number {
    return this.#expected?.startsWith(' ') ? 0 : this.#held.search(/[^ ]|$/)
  }

  #release(from: number): string {
    this.#expected = null
    return this.#held.slice(from)
  }
}

/** `text` without the echo of `typed` at its front. */
export function withoutEcho(text: string, typed: string | null): string {
  const filter = new EchoFilter(typed)
  return filter.push(text) + filter.flush()
}
