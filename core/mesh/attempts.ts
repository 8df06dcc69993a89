/** Does something until it has succeeded; whoever starts it meanwhile has it done once more. */
export class Attempts {
  readonly #attempt: () => Promise<boolean>
  readonly #onEnd: (error: unknown) => void
  #isRunning = false
  #isWantedAgain = false

  /** @param onEnd called with null after a success, or with what an attempt threw */
  constructor(attempt: () => Promise<boolean>, onEnd: (error: unknown) => void) {
    this.#attempt = attempt
    this.#onEnd = onEnd
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  start(): void {
    if (this.#isRunning) this.#isWantedAgain = true
    else void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    let error: unknown = null
    try {
      do this.#isWantedAgain = false
      while (!(await this.#attempt()) || this.#isWantedAgain)
    } catch (thrown) {
      error = thrown
    }
    this.#isRunning = false
    this.#onEnd(error)
  }
}
