import type { Session, TerminalSink } from '../../core/index.ts'
import type { HostedTerminal } from './host/protocol.ts'
import { INITIAL_STATE, type ParserState } from './output/stream-parser.ts'

/** Of what an earlier host had not handed on, nothing is known. */
export function isFoundAgain({ tmux, checkpoint, acked }: HostedTerminal): boolean {
  return tmux?.isRecovered === true && checkpoint === null && acked === 0
}

/** The same terminal, of which that much is known. */
export function goingOn(hosted: HostedTerminal, parser: ParserState): HostedTerminal {
  return { ...hosted, checkpoint: { parser, committed: 0 } }
}

/** As far as the journal tells. */
export function stateOf(session: Session, sink: TerminalSink): ParserState {
  const phase = sink.isAtPrompt(session.id) ? 'prompt' : 'running'
  return { ...INITIAL_STATE, command: { ...INITIAL_STATE.command, phase } }
}
