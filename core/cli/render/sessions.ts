import { type Session, type SessionState, topicName } from '../../sessions/session.ts'
import type { Cli } from '../context.ts'
import { neutralise } from '../neutralise.ts'
import type { Style } from '../streams.ts'
import { inTime } from './amounts.ts'
import { renderFacts } from './facts.ts'
import { renderTable } from './table.ts'

const STATE_STYLE: Readonly<Partial<Record<SessionState, Style>>> = {
  ready: 'green',
  busy: 'yellow',
  waiting: 'magenta',
  limited: 'magenta',
  failed: 'red',
  closed: 'dim',
}

export function renderSessions({ sessions }: { sessions: readonly Session[] }, cli: Cli): string {
  if (sessions.length === 0)
    return `No sessions. Start one with: ${cli.commandLine} session start --title demo\n`
  return renderTable(
    sessions,
    [
      { title: 'ID', of: session => session.id },
      {
        title: 'STATE',
        of: session => session.state,
        style: session => STATE_STYLE[session.state] ?? 'reset',
      },
      { title: 'KIND', of: session => session.kind },
      { title: 'ACTIVE', of: session => inTime(cli.clock.now() - session.lastActivityAt) },
      ...(sessions.some(isElsewhere(sessions))
        ? [{ title: 'COMPUTER', of: (one: Session) => one.computer }]
        : []),
      { title: 'CWD', of: session => session.terminal.cwd },
      { title: 'TITLE', of: session => session.title },
    ],
    cli,
  )
}

/** Where all run on one computer and were started from it, nobody needs to be told which. */
function isElsewhere([first]: readonly Session[]) {
  return ({ computer, origin }: Session) => computer !== origin || computer !== first?.computer
}

export function renderSession(session: Session, cli: Cli): string {
  const { terminal } = session
  return renderFacts(
    {
      id: session.id,
      topic: topicName(session),
      description: session.description,
      state: session.state,
      kind: session.kind,
      command: session.command,
      'exit code': session.exitCode,
      ended: session.closeReason,
      cwd: terminal.cwd,
      terminal: `${terminal.backend}, ${terminal.cols}x${terminal.rows}`,
      pid: terminal.pid,
      tty: terminal.ttyPath,
      'attach with': terminal.attachWith,
      'started through': `${session.originAdapter} on ${session.origin}`,
      adapters: session.adapterTypes.length > 0 ? session.adapterTypes : 'none',
      created: new Date(session.createdAt).toISOString(),
      'last active': `${inTime(cli.clock.now() - session.lastActivityAt)} ago`,
    },
    cli,
  )
}

export function renderStarted(started: { session_id: string; topic_name: string }, cli: Cli): string {
  const { session_id } = started
  // A script takes the id; a person wants to know what to do with it.
  if (!cli.isTerminal) return `${session_id}\n`
  return (
    `${cli.style('green', session_id)} is ready: ${neutralise(started.topic_name)}\n\n` +
    `  ${cli.commandLine} session send ${session_id} 'ls -la'\n` +
    `  ${cli.commandLine} session attach ${session_id}\n`
  )
}

export function renderEnded(session: Session): string {
  return `${session.id} is ${session.state}${session.closeReason ? ` (${neutralise(session.closeReason)})` : ''}\n`
}
