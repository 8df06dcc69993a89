import { createInterface, type Interface } from 'node:readline/promises'
import { stripVTControlCharacters } from 'node:util'
import { TeleclaudeError } from '../errors.ts'
import type { Cli } from './context.ts'

/** What is wrong with an answer, or null. */
export type Check = (answer: string) => string | null

/** What keys send that a terminal in raw mode obeys no more. */
const KEY = { ctrlC: '\x03', ctrlD: '\x04', backspace: '\x7f', ctrlH: '\b', ctrlU: '\x15', ctrlW: '\x17' }

/** Asks a person, on stderr, so that stdout stays what the command prints. Answers may also come from a pipe. */
export class Questions implements Disposable {
  readonly #cli: Cli
  readonly #takesDefaults: boolean
  readonly #instead: string
  readonly #lines: Interface | null
  readonly #answers: AsyncIterator<string> | null
  #isHidden = false
  #isInterrupted = false

  /**
   * @param takesDefaults asks nothing
   * @param instead the options with which nothing is asked, for whoever has no answers
   */
  constructor(cli: Cli, takesDefaults: boolean, instead: string) {
    this.#cli = cli
    this.#instead = instead
    this.#takesDefaults = takesDefaults
    this.#lines = takesDefaults ? null : createInterface({ input: cli.stdin, signal: cli.signal })
    this.#answers = this.#lines?.[Symbol.asyncIterator]() ?? null
  }

  /** Asks until the answer is fine. An empty answer is the default. */
  async ask(question: string, preset: string, check: Check): Promise<string> {
    if (this.#takesDefaults) return preset
    for (;;) {
      this.#cli.stderr.write(`${question}${preset ? ` [${preset}]` : ''}: `)
      const answer = (await this.#next()) || preset
      const problem = check(answer)
      if (problem === null) return answer
      this.#cli.tell(`  ${problem}`)
    }
  }

  /** As {@link ask}, for what nobody should read over a shoulder: a terminal does not show the answer. There is no default. */
  async askHidden(question: string, check: Check): Promise<string> {
    const shows = this.#hide()
    try {
      return await this.ask(`${question} (not shown)`, '', check)
    } finally {
      shows()
    }
  }

  async confirm(question: string): Promise<boolean> {
    const answer = await this.ask(`${question} (yes/no)`, 'no', () => null)
    return /^y(es)?$/i.test(answer)
  }

  [Symbol.dispose](): void {
    this.#lines?.close()
  }

  async #next(): Promise<string> {
    const next = await this.#answers?.next()
    const isShown = this.#cli.stdin.isTTY && !this.#isHidden
    if (!isShown || next?.done) this.#cli.stderr.write('\n')
    if (!next || next.done) throw this.#ended()
    return (this.#isHidden ? asTyped(next.value) : next.value).trim()
  }

  #ended(): TeleclaudeError {
    const isInterrupted = this.#isInterrupted || this.#cli.signal.aborted
    const why = isInterrupted
      ? 'interrupted; nothing was written'
      : `the answers ended before the last question; nothing was written. With ${this.#instead} nothing is asked`
    return new TeleclaudeError('TC_ERR_CANCELLED', why)
  }

  /** Returns what shows again what is typed. */
  #hide(): () => void {
    const { stdin } = this.#cli
    if (!stdin.isTTY || this.#takesDefaults) return () => {}
    const onKeys = (keys: Buffer) => {
      this.#isInterrupted = keys.includes(KEY.ctrlC)
      if (this.#isInterrupted || keys.includes(KEY.ctrlD)) this.#lines?.close()
    }
    this.#isHidden = true
    stdin.setRawMode(true)
    stdin.on('data', onKeys)
    return () => {
      stdin.off('data', onKeys)
      stdin.setRawMode(false)
      this.#isHidden = false
    }
  }
}

/** In raw mode a terminal edits nothing: the line holds the keys that erase, and the marks around what was pasted. */
function asTyped(line: string): string {
  const kept: string[] = []
  for (const key of stripVTControlCharacters(line)) {
    if (key === KEY.backspace || key === KEY.ctrlH) kept.pop()
    else if (key === KEY.ctrlU || key === KEY.ctrlW) kept.length = 0
    else if (key >= ' ') kept.push(key)
  }
  return kept.join('')
}
