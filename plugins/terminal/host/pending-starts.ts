import type { TeleclaudeError } from '../../../core/index.ts'
import type { HostedTerminal } from './protocol.ts'
import type { TerminalListener } from './terminal-listener.ts'

/** A terminal that the host was asked for. */
interface PendingStart {
  listen(terminal: HostedTerminal): TerminalListener
  /** What the host says against it, as an error. */
  refusal(message: string): TeleclaudeError
  resolve(terminal: HostedTerminal): void
  reject(error: Error): void
}

/** The terminals that the host was asked for and has not answered about, by the number of the request. */
export class PendingStarts {
  readonly #pending = new Map<number, PendingStart>()
  #last = 0

  /** @param ask is given the number of the request */
  add(
    { listen, refusal }: Pick<PendingStart, 'listen' | 'refusal'>,
    ask: (request: number) => void,
  ): Promise<HostedTerminal> {
    const request = ++this.#last
    return new Promise((resolve, reject) => {
      this.#pending.set(request, { listen, refusal, resolve, reject })
      ask(request)
    })
  }

  /** @returns who listens to the terminal from now on; undefined where nobody asked for it */
  started(request: number, terminal: HostedTerminal): TerminalListener | undefined {
    const pending = this.#take(request)
    const listener = pending?.listen(terminal)
    pending?.resolve(terminal)
    return listener
  }

  failed(request: number, message: string): void {
    const pending = this.#take(request)
    pending?.reject(pending.refusal(message))
  }

  /** There will be no answers. */
  failAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  #take(request: number): PendingStart | undefined {
    const pending = this.#pending.get(request)
    this.#pending.delete(request)
    return pending
  }
}
