/** Keys that took long to compute: the `limit` that were kept, or kept again, last. */
export class KeyCache<Key> {
  readonly #limit: number
  /** The oldest is the first. */
  readonly #keys = new Map<string, Key>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(name: string): Key | undefined {
    return this.#keys.get(name)
  }

  /** Makes it the newest, also where it is known. */
  keep(name: string, key: Key): void {
    this.#keys.delete(name)
    this.#keys.set(name, key)
    if (this.#keys.size <= this.#limit) return
    const [oldest] = this.#keys.keys()
    if (oldest !== undefined) this.#keys.delete(oldest)
  }
}
