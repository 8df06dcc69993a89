import { asTeleclaudeError, type TeleclaudeError } from './errors.ts'

/** Undoes what was acquired, the newest first. What goes wrong is collected and stops nothing. */
export class Releases {
  readonly #steps: (() => Promise<unknown> | unknown)[] = []
  readonly #errors: TeleclaudeError[] = []

  add(step: () => Promise<unknown> | unknown): void {
    this.#steps.push(step)
  }

  async run(): Promise<readonly TeleclaudeError[]> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        this.#errors.push(asTeleclaudeError(error))
      }
    }
    return this.#errors
  }
}
