import { once } from 'node:events'
import { parseArgs } from 'node:util'
import {
  type CliContext,
  type DaemonClient,
  type Entry,
  followSession,
  isTeleclaudeError,
  type Session,
  START,
  systemClock,
  TeleclaudeError,
  type TerminalFacts,
} from '../../../core/index.ts'
import { DetachKey } from './detach-key.ts'
import { KeySender } from './key-sender.ts'
import { type LocalTerminal, takeTerminal } from './local-terminal.ts'
import { withoutQueries } from './queries.ts'

/** What is shown on entry: some screens full, and for a program that draws the whole screen what it drew last. */
const HISTORY_BYTES = 262_144
const USAGE = 'session attach <session-id> [--detach-key ctrl-]]'
const HELP = `Work in a session as in a terminal of your own.

Options:
  --detach-key <key>  what leaves it, the session going on; by default ctrl-]
  -h, --help          print this
`

/** `teleclaude session attach`: work in a session as in a terminal of your own, until it ends or you detach. */
export const attach = {
  async run(argv: readonly string[], io: CliContext): Promise<number> {
    if (argv.length === 1 && /^(--help|-h)$/.test(argv[0] ?? '')) {
      io.stdout.write(`Usage: ${io.commandLine} ${USAGE}\n\n${HELP}`)
      return 0
    }
    const { sessionId, detachKey } = parse(argv, io)
    const client = io.connect({ surface: 'cli' })
    try {
      // Before the terminal is taken, so that an unknown session is told of on a sane one.
      const { terminal } = await liveSession(sessionId, client, io)
      const hint = terminal.attachWith ? `; without TeleClaude: ${terminal.attachWith}` : ''
      io.stderr.write(`[attached to ${sessionId}; detach with ${detachKey.name}${hint}]\n`)
      const outcome = await interact(sessionId, detachKey, terminal, client, io)
      io.stderr.write(`\n[${outcome}]\n`)
      return 0
    } finally {
      await client.close()
    }
  },
}

async function liveSession(sessionId: string, client: DaemonClient, io: CliContext): Promise<Session> {
  const session = await client.call<Session>('session.get', { session_id: sessionId })
  if (session.state !== 'closed' && session.state !== 'failed') return session
  throw new TeleclaudeError(
    'TC_ERR_SESSION_CLOSED',
    `Session ${sessionId} has ended. Read it with: ${io.commandLine} session read ${sessionId}`,
  )
}

function parse(argv: readonly string[], io: CliContext): { sessionId: string; detachKey: DetachKey } {
  const { values, positionals } = parseOptions(argv)
  const sessionId = positionals[0]
  if (!sessionId || positionals.length > 1) {
    throw new TeleclaudeError('TC_ERR_INVALID_INPUT', `Say which session: ${io.commandLine} ${USAGE}`)
  }
  if (!io.stdin.isTTY || !io.stdout.isTTY) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      `'session attach' needs a terminal. To follow the output elsewhere: ${io.commandLine} session read --follow ${sessionId}`,
    )
  }
  return { sessionId, detachKey: new DetachKey(values['detach-key'] ?? 'ctrl-]') }
}

function parseOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { 'detach-key': { type: 'string' } },
      allowPositionals: true,
    })
  } catch (cause) {
    throw new TeleclaudeError('TC_ERR_INVALID_INPUT', `${(cause as Error).message}. Usage: ${USAGE}`, {
      cause,
    })
  }
}

/** Settles with how it ended, for the last line. */
async function interact(
  sessionId: string,
  detachKey: DetachKey,
  facts: TerminalFacts,
  client: DaemonClient,
  io: CliContext,
): Promise<string> {
  const detached = new AbortController()
  const signal = AbortSignal.any([io.signal, detached.signal])
  const terminal = takeTerminal(io)
  const sender = new KeySender(sessionId, client, ({ code }) => {
    io.stderr.write(
      `\r\n[the computer of the session cannot be reached now, and keys are lost (${code})]\r\n`,
    )
  })
  terminal.onResize(({ cols, rows }) => sender.resize(cols, rows))
  terminal.onKeys(bytes => {
    const { keys, detach } = detachKey.take(bytes)
    sender.send(keys)
    if (detach) detached.abort()
  })
  await Promise.race([show(sessionId, terminal, facts, client, io, signal), sender.failed])
    .catch(error => {
      if (!hasEnded(error)) throw error
    })
    .finally(() => terminal[Symbol.dispose]())
  return signal.aborted
    ? `detached; the session goes on. Come back with: ${io.commandLine} session attach ${sessionId}`
    : `session ${sessionId} has ended`
}

/** Keys that were pressed while the session ended say so; that is no failure. */
function hasEnded(error: unknown): boolean {
  return isTeleclaudeError(error, 'TC_ERR_SESSION_CLOSED')
}

/** Shows what was printed and what is being printed, until the session ends or `signal` aborts. */
async function show(
  sessionId: string,
  terminal: LocalTerminal,
  { backend }: TerminalFacts,
  client: DaemonClient,
  io: CliContext,
  signal: AbortSignal,
): Promise<void> {
  const attachedAt = systemClock.now()
  const onEntries = async (entries: readonly Entry[]) => {
    for (const entry of entries) {
      if (entry.kind !== 'output') continue
      // tmux is a terminal itself and has answered; two answers are one too many.
      const isAnswered = backend === 'tmux' || entry.at < attachedAt
      const data = isAnswered ? withoutQueries(entry.data) : entry.data
      terminal.setAlternate(entry.layer === 'alternate')
      if (!io.stdout.write(data)) await drained(io.stdout, signal)
    }
  }
  const onAway = () => {
    io.stderr.write('\r\n[the daemon is away; waiting for it. Keys are not sent meanwhile]\r\n')
  }
  const request = { sessionId, since: START, lastBytes: HISTORY_BYTES, signal, onEntries, onAway }
  await followSession(request, { daemon: client, clock: systemClock }).catch(error => {
    if (!signal.aborted) throw error
  })
}

async function drained(stdout: NodeJS.WriteStream, signal: AbortSignal): Promise<void> {
  await once(stdout, 'drain', { signal }).catch(() => {})
}
