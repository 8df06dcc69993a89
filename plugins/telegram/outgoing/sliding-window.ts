/**
 * At most `capacity` calls in any `lengthMs` of the server's time. When the server counts a call is not known, only that
 * it is between its start and its end; so a call holds its place while it is under way, and `lengthMs` from its end.
 */
export class SlidingWindow {
  capacity: number
  readonly #lengthMs: number
  readonly #arrivesWithinMs: number
  /** When each counted call had arrived at the latest; ascending. */
  readonly #arrived: number[] = []
  #gone = 0
  /** When each call under way began; ascending. */
  readonly #underWay: number[] = []

  /** @param arrivesWithinMs a call under way is taken to have arrived after this time, so that one that hangs holds up no other */
  constructor(capacity: number, lengthMs: number, arrivesWithinMs = Number.POSITIVE_INFINITY) {
    this.capacity = capacity
    this.#lengthMs = lengthMs
    this.#arrivesWithinMs = arrivesWithinMs
  }

  /** How many calls hold a place. */
  held(now: number): number {
    this.#forget(now)
    const flying = this.#underWay.filter(start => this.#leaves(start) > now).length
    return this.#arrived.length - this.#gone + flying
  }

  /** When there is room for one more: now, later, or (Infinity) only after one has ended. */
  freeAt(now: number): number {
    const excess = this.held(now) - this.capacity + 1
    return excess <= 0 ? now : this.#nthToLeave(excess, now)
  }

  begin(now: number): void {
    this.#underWay.push(now)
  }

  /** Ends a call that began at `start`. One that cannot have reached the server does not count. */
  end(start: number, now: number, isCounted: boolean): void {
    const index = this.#underWay.indexOf(start)
    if (index >= 0) this.#underWay.splice(index, 1)
    if (isCounted) this.#arrive(Math.min(now, start + this.#arrivesWithinMs))
  }

  /** Fills every free place with calls that arrived at `at`, before all that are known. */
  fill(at: number, now: number): void {
    const free = this.capacity - this.held(now)
    if (free > 0) this.#arrived.splice(this.#gone, 0, ...Array<number>(free).fill(at))
  }

  #arrive(at: number): void {
    let index = this.#arrived.length
    while (index > this.#gone && (this.#arrived[index - 1] ?? at) > at) index--
    this.#arrived.splice(index, 0, at)
  }

  #leaves(start: number): number {
    return start + this.#arrivesWithinMs + this.#lengthMs
  }

  #nthToLeave(n: number, now: number): number {
    const flying = this.#underWay.map(start => this.#leaves(start)).filter(at => at > now)
    let arrived = this.#gone
    let index = 0
    let at = now
    for (let left = n; left > 0; left--) {
      const settled = (this.#arrived[arrived] ?? Number.POSITIVE_INFINITY) + this.#lengthMs
      const pending = flying[index] ?? Number.POSITIVE_INFINITY
      at = Math.min(settled, pending)
      if (settled <= pending) arrived++
      else index++
    }
    return at
  }

  #forget(now: number): void {
    const since = now - this.#lengthMs
    while ((this.#arrived[this.#gone] ?? Number.POSITIVE_INFINITY) <= since) this.#gone++
    if (this.#gone < COMPACT_AT || this.#gone * 2 < this.#arrived.length) return
    this.#arrived.splice(0, this.#gone)
    this.#gone = 0
  }
}

/** So that forgetting one costs nothing, however many there are. */
const COMPACT_AT = 64
