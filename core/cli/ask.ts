import { createInterface, type Interface } from 'node:readline/promises'
import { TeleclaudeError } from '../errors.ts'
import type { Cli } from './context.ts'

/** What is wrong with an answer, or null. */
export type Check = (answer: string) => string | null

const CTRL_C = 3

/** Asks a person, on stderr, so that stdout stays what the command prints. Answers may also come from a pipe. */
export class Questions implements Disposable {
  readonly #cli: Cli
  readonly #takesDefaults: boolean
  readonly #lines: Interface | null
  readonly #answers: AsyncIterator<string> | null

  /** @param takesDefaults asks nothing */
  constructor(cli: Cli, takesDefaults: boolean) {
    this.#cli = cli
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
    const { stdin, stderr } = this.#cli
    const abandon = (chunk: Buffer) => {
      if (chunk.includes(CTRL_C)) this.#lines?.close()
    }
    const hide = (isHidden: boolean) => {
      if (!stdin.isTTY || this.#takesDefaults) return
      stdin.setRawMode(isHidden)
      if (isHidden) stdin.on('data', abandon)
      else stdin.off('data', abandon)
      if (!isHidden) stderr.write('\n')
    }
    hide(true)
    try {
      return withoutErased(await this.ask(question, '', answer => check(withoutErased(answer))))
    } finally {
      hide(false)
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
    if (!next || next.done) {
      throw new TeleclaudeError('TC_ERR_CANCELLED', 'no more answers. Give --yes to take the defaults')
    }
    return next.value.trim()
  }
}

/** In raw mode a terminal does not take back what was erased: the answer holds the backspaces. */
function withoutErased(answer: string): string {
  const kept: string[] = []
  for (const character of answer) {
    if (character === '\x7f' || character === '\b') kept.pop()
    else kept.push(character)
  }
  return kept.join('')
}
