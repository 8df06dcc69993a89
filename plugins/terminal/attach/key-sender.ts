import { StringDecoder } from 'node:string_decoder'
import { type DaemonClient, isTeleclaudeError } from '../../../core/index.ts'

/**
 * Sends what is pressed, in order, one call after the other; what is pressed meanwhile goes with the next call. While the
 * daemon is away keys go nowhere: pressed blindly and sent later, they would do what nobody means any more.
 */
export class KeySender {
  /** Rejects when the session does not take keys any more. */
  readonly failed: Promise<never>
  readonly #sessionId: string
  readonly #client: DaemonClient
  readonly #decoder = new StringDecoder('utf8')
  #waiting = ''
  #isSending = false
  #fail: (error: unknown) => void = () => {}

  constructor(sessionId: string, client: DaemonClient) {
    this.#sessionId = sessionId
    this.#client = client
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject
    })
    // Whoever races it hears of it; nobody else has to.
    this.failed.catch(() => {})
  }

  send(keys: Buffer): void {
    this.#waiting += this.#decoder.write(keys)
    if (!this.#isSending) void this.#drain()
  }

  resize(cols: number, rows: number): void {
    const size = { session_id: this.#sessionId, cols, rows }
    this.#client.call('session.resize', size).catch(error => this.#refused(error))
  }

  async #drain(): Promise<void> {
    this.#isSending = true
    while (this.#waiting) {
      const text = this.#waiting
      this.#waiting = ''
      const input = { session_id: this.#sessionId, text, submit: false, raw: true }
      await this.#client.call('session.input', input).catch(error => this.#refused(error))
    }
    this.#isSending = false
  }

  #refused(error: unknown): void {
    this.#waiting = ''
    if (!isTeleclaudeError(error, 'TC_ERR_NOT_RUNNING')) this.#fail(error)
  }
}
