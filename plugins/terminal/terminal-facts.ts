import type { Session, TerminalFacts } from '../../core/index.ts'
import type { HostedTerminal } from './host/protocol.ts'
import { attachCommand } from './tmux/attach-command.ts'

/** xterm and the kernel take more, but no screen has it, and every row costs memory. */
const MAX_SIZE = 1000

/** A number of columns or rows that a terminal may have. */
export function clamped(size: number): number {
  return Math.min(MAX_SIZE, Math.max(1, Math.trunc(size)))
}

/** What core is told of a terminal that its host has. */
export function factsOf(session: Session, hosted: HostedTerminal, cwd: string): TerminalFacts {
  const { tmux, pid, tty: ttyPath } = hosted
  const { cols, rows } = tmux?.isAdopted && session.terminal.pid === null ? tmux : session.terminal
  const facts = { cwd, cols, rows, pid, ttyPath }
  if (!tmux) return { ...facts, backend: 'pty' }
  const ofTmux = { ...facts, backend: 'tmux', attachWith: attachCommand(tmux) }
  return tmux.isAdopted ? { ...ofTmux, isAdopted: true } : ofTmux
}
