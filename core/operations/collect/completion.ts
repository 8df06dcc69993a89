import type { Entry } from '../../journal/entry.ts'

/** By what a command is known to have ended. */
export type CompletedBy = 'mark' | 'pattern' | 'turn' | 'quiet' | 'exit' | 'timeout'

/** How it ended. */
export interface Outcome {
  readonly by: CompletedBy
  readonly exitCode: number | null
  readonly durationMs: number | null
}

/**
 * Follows the entries after an input and tells which of them belong to the command's output, and when it has ended.
 *
 * At a marked prompt the output lies between the first start mark and the next end mark. An end without a start (an
 * empty line, a syntax error) has for its output what was printed since the input.
 */
export class Completion {
  readonly #atPrompt: boolean
  #starts = 0

  constructor(atPrompt: boolean) {
    this.#atPrompt = atPrompt
  }

  get hasStarted(): boolean {
    return this.#starts > 0
  }

  /** What is printed now is the prompt's and the echo's: the command that was typed at it has not started. */
  get isEchoing(): boolean {
    return this.#atPrompt && !this.hasStarted
  }

  /** Silence may end it where no end mark is sure to come. */
  get canEndByQuiet(): boolean {
    return !this.#atPrompt
  }

  /** Whether the entry that was just taken is the start of the command. */
  isFirstStart(entry: Entry): boolean {
    return this.#starts === 1 && entry.kind === 'mark' && entry.mark.type === 'start'
  }

  /** Takes the next entry; returns the outcome if it is the one that ends the command. */
  take(entry: Entry): Outcome | null {
    if (entry.kind === 'mark') return this.#takeMark(entry)
    if (entry.kind === 'state' && (entry.state === 'closed' || entry.state === 'failed')) {
      return { by: 'exit', exitCode: entry.exitCode ?? null, durationMs: null }
    }
    return null
  }

  #takeMark({ mark }: Extract<Entry, { kind: 'mark' }>): Outcome | null {
    if (mark.type === 'start') this.#starts++
    if (mark.type === 'end') return { by: 'mark', exitCode: mark.exitCode, durationMs: mark.durationMs }
    if (mark.type === 'turn') return { by: 'turn', exitCode: null, durationMs: null }
    return null
  }
}
