/** What tmux says in control mode. */
export type Said =
  /** What became of a command; `isAnswer` for one that was written to the client's input. */
  | {
      readonly type: 'result'
      readonly isAnswer: boolean
      readonly isError: boolean
      readonly lines: string[]
    }
  /** Something happened: `%layout-change @1 …` has the name `layout-change`. */
  | { readonly type: 'notice'; readonly name: string; readonly rest: string }

const NEWLINE = 0x0a
/** tmux cuts output at 8 KiB before it escapes it, and nothing that it is asked for is longer than 64 KiB. */
const MAX_LINE_BYTES = 1024 * 1024
const FROM_INPUT = 1

interface Block {
  /** Time and number, which its end repeats. */
  readonly tag: string
  readonly isAnswer: boolean
  readonly lines: string[]
}

/** Reads the lines of control mode. */
export class ControlReader {
  #held: Buffer[] = []
  #heldBytes = 0
  #block: Block | null = null

  /** @throws RangeError when what comes cannot be control mode */
  push(chunk: Buffer): Said[] {
    const said: Said[] = []
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const found = this.#line(this.#take(chunk.subarray(from, at)))
      if (found) said.push(found)
      from = at + 1
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from))
    return said
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length
    if (this.#heldBytes > MAX_LINE_BYTES) throw new RangeError('a line of control mode is too long')
    // The chunk's memory is not ours to keep.
    this.#held.push(Buffer.from(bytes))
  }

  #take(bytes: Buffer): string {
    const line = this.#held.length ? Buffer.concat([...this.#held, bytes]) : bytes
    this.#held = []
    this.#heldBytes = 0
    return line.toString('utf8')
  }

  #line(line: string): Said | null {
    const [word = '', time, number, flags] = line.split(' ', 4)
    const tag = `${time} ${number}`
    if (this.#block) return this.#inBlock(this.#block, line, word, tag)
    if (word === '%begin') {
      this.#block = { tag, isAnswer: (Number(flags) & FROM_INPUT) !== 0, lines: [] }
      return null
    }
    return line.startsWith('%')
      ? { type: 'notice', name: word.slice(1), rest: line.slice(word.length + 1) }
      : null
  }

  #inBlock(block: Block, line: string, word: string, tag: string): Said | null {
    const isOver = (word === '%end' || word === '%error') && tag === block.tag
    if (!isOver) {
      block.lines.push(line)
      return null
    }
    this.#block = null
    return { type: 'result', isAnswer: block.isAnswer, isError: word === '%error', lines: block.lines }
  }
}
