type Handler = ((item: unknown) => Promise<void> | void) | undefined

interface Events {
  /** An item that had to wait was handed on, or dropped. */
  onTaken(): void
  /** The handler failed: no more items are handed to it. */
  onError(thrown: unknown): void
}

/** Hands a call's items to its handler one at a time, in order, and the end after the last. */
export class ItemQueue {
  readonly #handler: Handler
  readonly #events: Events
  #waiting: unknown[] = []
  #isBusy = false
  #isDropped = false
  #end: (() => void) | null = null

  constructor(handler: Handler, events: Events) {
    this.#handler = handler
    this.#events = events
  }

  /** Returns whether the item was handed on at once; `onTaken` tells later of one that was not. */
  push(item: unknown): boolean {
    if (this.#isDropped) return true
    if (this.#isBusy) {
      this.#waiting.push(item)
      return false
    }
    this.#hand(item)
    return true
  }

  /** Calls `onEnd` once every item is handled; at once if none is waiting. */
  end(onEnd: () => void): void {
    if (this.#isBusy) this.#end ??= onEnd
    else onEnd()
  }

  /** Forgets what waits. */
  drop(): void {
    this.#isDropped = true
    const dropped = this.#waiting.length
    this.#waiting = []
    for (let count = 0; count < dropped; count++) this.#events.onTaken()
  }

  #hand(item: unknown): void {
    try {
      const handling = this.#handler?.(item)
      if (!handling) return
      this.#isBusy = true
      handling.then(() => this.#next(), this.#events.onError)
    } catch (thrown) {
      this.#events.onError(thrown)
    }
  }

  #next(): void {
    this.#isBusy = false
    while (!this.#isBusy && this.#waiting.length > 0) {
      const item = this.#waiting.shift()
      this.#events.onTaken()
      this.#hand(item)
    }
    if (!this.#isBusy) this.#end?.()
  }
}
