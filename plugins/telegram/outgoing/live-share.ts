/** Live edits may come this many at once after a quiet time; more would leave results too little room in that minute. */
const BURST = 4

/** The part of a chat's budget that live output may use: smoothed, so that at any time results find room. */
export class LiveShare {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #countedAt: number

  constructor(perMinute: number, now: number) {
    this.#perMs = perMinute / 60_000
    this.#burst = Math.min(BURST, perMinute)
    this.#tokens = this.#burst
    this.#countedAt = now
  }

  freeAt(now: number): number {
    const tokens = this.#tokensAt(now)
    return tokens >= 1 ? now : now + Math.ceil((1 - tokens) / this.#perMs)
  }

  take(now: number): void {
    this.#tokens = this.#tokensAt(now) - 1
    this.#countedAt = now
  }

  /** What was taken asked nothing of Telegram. */
  giveBack(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokensAt(now) + 1)
    this.#countedAt = now
  }

  /** Rounded, so that a time which {@link LiveShare.freeAt} named is never a hair too early. */
  #tokensAt(now: number): number {
    const tokens = this.#tokens + (now - this.#countedAt) * this.#perMs
    return Math.min(this.#burst, Math.round(tokens * 1e9) / 1e9)
  }
}
