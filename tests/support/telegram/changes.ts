/** Tells who waits that something is different now. */
export class Changes {
  #next = Promise.withResolvers<void>()

  /** Resolves when something changes next. */
  get next(): Promise<void> {
    return this.#next.promise
  }

  tell(): void {
    const { resolve } = this.#next
    this.#next = Promise.withResolvers()
    resolve()
  }
}
