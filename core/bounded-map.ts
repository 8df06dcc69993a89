/**
 * A map of at most `limit` entries, so that nobody from outside can make it grow: whatever is set is its newest entry,
 * also where it was known before, and where there are too many the oldest goes.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #limit: number

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override set(key: Key, value: Value): this {
    this.delete(key)
    super.set(key, value)
    const [oldest] = this
    if (this.size > this.#limit && oldest) this.delete(oldest[0])
    return this
  }
}
