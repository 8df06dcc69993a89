import type { Logger } from 'pino'
import {
  type Clock,
  type Session,
  type SessionId,
  TeleclaudeError,
  type TerminalSink,
} from '../../core/index.ts'
import type { HostLink } from './host/link.ts'
import type { HostedTerminal } from './host/protocol.ts'
import { LiveTerminal } from './live-terminal.ts'
import type { ParserState } from './output/stream-parser.ts'

export interface LiveTerminalsOptions {
  readonly sink: TerminalSink
  readonly clock: Clock
  readonly log: Logger
  readonly idleTimeoutMs: number | null
}

/** The terminals that run now, by session. */
export class LiveTerminals {
  readonly #options: LiveTerminalsOptions
  readonly #live = new Map<SessionId, LiveTerminal>()

  constructor(options: LiveTerminalsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#live.size
  }

  all(): LiveTerminal[] {
    return [...this.#live.values()]
  }

  find(session: SessionId): LiveTerminal | undefined {
    return this.#live.get(session)
  }

  /** @throws TC_ERR_SESSION_CLOSED */
  get(session: SessionId): LiveTerminal {
    const live = this.#live.get(session)
    if (live) return live
    throw new TeleclaudeError('TC_ERR_SESSION_CLOSED', `Session ${session} has no running terminal.`)
  }

  /** From now until it has ended. */
  add(session: Session, link: HostLink, hosted: HostedTerminal, before?: ParserState): LiveTerminal {
    const live = new LiveTerminal({ ...this.#options, session, hosted, link, before })
    this.#live.set(session.id, live)
    void live.ended.then(() => {
      if (this.#live.get(session.id) === live) this.#live.delete(session.id)
    })
    return live
  }
}
