import type { ShellTraits } from './shell/integration.ts'

/**
 * Knows whether what is typed now would start a command: the shell has marked its prompt, the mark is in the journal
 * (so that a reader who begins now meets no older mark), and nothing was submitted since.
 */
export class PromptGate {
  readonly traits: ShellTraits
  /** Settles when the gate has been open once, or never will be. */
  readonly opened: Promise<void>
  #isOpen: boolean
  #latest = 0
  #resolveOpened: () => void = () => {}

  constructor(isOpen: boolean, traits: ShellTraits) {
    this.#isOpen = isOpen
    this.traits = traits
    this.opened = new Promise(resolve => {
      this.#resolveOpened = resolve
    })
    if (isOpen) this.#resolveOpened()
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Something was submitted, or a command has started. */
  close(): void {
    this.#latest++
    this.#isOpen = false
  }

  /** There will be no prompt marks. */
  giveUp(): void {
    this.#resolveOpened()
  }

  /** A prompt mark came; call what is returned when it is in the journal. */
  prompted(): () => void {
    const mine = ++this.#latest
    return () => {
      if (mine === this.#latest) this.#isOpen = true
      this.#resolveOpened()
    }
  }
}
