import { StringDecoder } from 'node:string_decoder'
import { type DaemonClient, isTeleclaudeError, type TeleclaudeError } from '../../../core/index.ts'

/** The session may well be there, and nobody can reach it now. */
const UNREACHABLE = new Set([
  'TC_ERR_NOT_RUNNING',
  'TC_ERR_TRANSPORT',
  'TC_ERR_COMPUTER_OFFLINE',
  'TC_ERR_TIMEOUT',
  'TC_ERR_OUTCOME_UNKNOWN',
])

/**
 * Sends what is pressed, in order, one call after the other; what is pressed meanwhile goes with the next call. While the
 * daemon, or the computer of the session, is away keys go nowhere: pressed blindly and sent later, they would do what
 * nobody means any more.
 */
export class KeySender {
  /** Rejects when the session does not take keys any more. */
  readonly failed: Promise<never>
  readonly #sessionId: string
  readonly #client: DaemonClient
  readonly #onLost: (error: TeleclaudeError) => void
  readonly #decoder = new StringDecoder('utf8')
  #waiting = ''
  #isSending = false
  #isLosing = false
  #fail: (error: unknown) => void = () => {}

  /** @param onLost keys went nowhere, since the computer of the session cannot be reached; told once until it can */
  constructor(sessionId: string, client: DaemonClient, onLost: (error: TeleclaudeError) => void) {
    this.#sessionId = sessionId
    this.#onLost = onLost
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
      await this.#client.call('session.input', input).then(
        () => {
          this.#isLosing = false
        },
        error => this.#refused(error),
      )
    }
    this.#isSending = false
  }

  #refused(error: unknown): void {
    this.#waiting = ''
    if (!isTeleclaudeError(error) || !UNREACHABLE.has(error.code)) this.#fail(error)
    // Of the daemon, whoever watches the session hears as well.
    else if (error.code !== 'TC_ERR_NOT_RUNNING' && !this.#isLosing) {
      this.#isLosing = true
      this.#onLost(error)
    }
  }
}
