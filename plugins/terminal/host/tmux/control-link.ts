import type { Clock, Timer } from '../../../../core/index.ts'
import type { ControlClient } from './control-client.ts'

export interface ControlLinkParts {
  readonly clock: Clock
  /** A new client on the session that has the pane. @throws where it is nowhere, or tmux does not answer */
  reconnect(): Promise<ControlClient>
  /** Without a client tmux makes nobody wait. */
  isUrgent(): boolean
  /** The next one is there, in place of one that was lost. */
  onNext(client: ControlClient): void
}

/** How long a client that was lost is missing. Also: one that never comes to stay is asked for no more often. */
const AGAIN_MS = 1_000

/** The control client of a pane; when it is lost, the next one. */
export class ControlLink {
  readonly #parts: ControlLinkParts
  #client: ControlClient
  #again: Timer | null = null
  #hurriedAt = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(parts: ControlLinkParts, client: ControlClient) {
    this.#parts = parts
    this.#client = client
    this.#follow(client)
  }

  /** Perhaps one that was lost. */
  get client(): ControlClient {
    return this.#client
  }

  /** From now on it is urgent. */
  hurry(): void {
    if (!this.#again || !this.#mayHurry()) return
    this.#again.cancel()
    this.#renewAfter(0)
  }

  close(): void {
    this.#isClosed = true
    this.#again?.cancel()
    this.#client.close()
  }

  #follow(client: ControlClient): void {
    void client.ended.then(() => this.#renewAfter(this.#mayHurry() ? 0 : AGAIN_MS))
  }

  #mayHurry(): boolean {
    const now = this.#parts.clock.monotonic()
    if (!this.#parts.isUrgent() || now - this.#hurriedAt < AGAIN_MS) return false
    this.#hurriedAt = now
    return true
  }

  #renewAfter(ms: number): void {
    if (this.#isClosed) return
    this.#again = this.#parts.clock.setTimeout(() => {
      this.#again = null
      this.#renew().catch(() => this.#renewAfter(AGAIN_MS))
    }, ms)
  }

  async #renew(): Promise<void> {
    const client = await this.#parts.reconnect()
    if (this.#isClosed) return client.close()
    this.#client = client
    this.#follow(client)
    this.#parts.onNext(client)
  }
}
