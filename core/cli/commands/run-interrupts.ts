import { constants } from 'node:os'
import type { Cli } from '../context.ts'
import type { EndSignal } from '../interrupts.ts'

/** A second Ctrl-C within this time means the session, not the command. */
const SECOND_CTRL_C_MS = 2000

/** The first Ctrl-C is the command's, the second ours; any other signal ends both; one more ends this at once. */
export class RunInterrupts {
  /** Set once the session is to be ended. */
  exitCode: number | null = null
  readonly #session: Promise<string>
  readonly #stop: AbortController
  readonly #cli: Cli
  #isStarted = false
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(session: Promise<string>, stop: AbortController, cli: Cli) {
    this.#session = session
    this.#stop = stop
    this.#cli = cli
    const onStarted = () => {
      this.#isStarted = true
    }
    session.then(onStarted, onStarted)
  }

  hear(signal: EndSignal): void {
    if (this.exitCode !== null) this.#cli.interrupts.exit()
    const now = this.#cli.clock.monotonic()
    if (signal === 'SIGINT' && now - this.#lastAt > SECOND_CTRL_C_MS) {
      this.#lastAt = now
      this.#interrupt()
    } else {
      this.exitCode = 128 + constants.signals[signal]
      this.#stop.abort()
    }
  }

  #interrupt(): void {
    const { daemon, tell } = this.#cli
    if (!this.#isStarted) tell('teleclaude: the command has not started yet; press Ctrl-C again to give up')
    const asked = this.#session.then(session_id => daemon.call('session.interrupt', { session_id }))
    // Where the session could not be started or is gone, that is told already.
    asked.catch(() => {})
  }
}
