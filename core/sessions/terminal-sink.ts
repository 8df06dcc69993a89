import type { SessionId } from '../ids.ts'
import { formatCursor } from '../journal/cursor.ts'
import type { SessionContext } from './create-sessions.ts'
import { ENDED_BY_REBOOT, RETURNS_AFTER_REBOOT } from './restore-policy.ts'
import { isLive } from './session.ts'
import type { TerminalExit, TerminalSink } from './terminal.ts'

/** What the terminal plugin tells core, done. */
export function createTerminalSink(context: SessionContext): TerminalSink {
  const { table, journal } = context
  return {
    live: () =>
      table
        .all()
        .map(record => record.session)
        .filter(session => isLive(session.state)),
    lastSource: id => journal.lastSource(id),
    isAtPrompt: id => isAtPrompt(context, id),
    async append(id, entries) {
      await journal.append(id, entries)
    },
    recentOutput: (id, maxBytes) => recentOutput(context, id, maxBytes),
    exited: (id, exit) => recordExit(context, id, exit),
    changed(id, facts) {
      const terminal = { ...table.get(id).session.terminal, ...facts }
      table.update(id, { terminal }, { terminal })
    },
  }
}

function isAtPrompt({ journal, life }: SessionContext, id: SessionId): boolean {
  const newest = life.lastMark(id)
  if (newest?.kind !== 'mark' || newest.mark.type !== 'prompt') return false
  const { entries } = journal.read(id, formatCursor(journal.epoch, newest.seq))
  return !entries.some(entry => entry.kind === 'input')
}

async function recordExit(
  { table, restarts, recordChange, lostToReboot }: SessionContext,
  id: SessionId,
  exit: TerminalExit,
): Promise<void> {
  const record = table.find(id)
  if (!record || !isLive(record.session.state)) return
  const { exitCode, signal } = exit
  const byReboot = restarts.isDue(id) ? RETURNS_AFTER_REBOOT : ENDED_BY_REBOOT
  const failure = exit.failure && lostToReboot.has(id) ? byReboot : exit.failure
  const reason = failure ?? record.endReason ?? describeExit(exit)
  await recordChange(id, { state: failure ? 'failed' : 'closed', reason, exitCode, signal })
}

function describeExit({ exitCode, signal }: TerminalExit): string {
  return signal ? `ended by ${signal}` : `exited with code ${exitCode}`
}

/** Reads backwards in steps until there is enough. */
function recentOutput({ journal }: SessionContext, id: SessionId, maxBytes: number): readonly Uint8Array[] {
  const head = journal.head(id)
  for (let entries = 64; ; entries *= 4) {
    const from = Math.max(0, head - entries)
    const pieces = outputAfter(journal, id, from)
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (from === 0 || bytes >= maxBytes) return newest(pieces, maxBytes)
  }
}

function outputAfter(journal: SessionContext['journal'], id: SessionId, seq: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let cursor = formatCursor(journal.epoch, seq)
  for (;;) {
    const slice = journal.read(id, cursor)
    for (const entry of slice.entries) if (entry.kind === 'output') pieces.push(entry.data)
    if (slice.atEnd) return pieces
    cursor = slice.cursor
  }
}

function newest(pieces: readonly Uint8Array[], maxBytes: number): readonly Uint8Array[] {
  let bytes = 0
  let first = pieces.length
  while (first > 0 && bytes + (pieces[first - 1]?.length ?? 0) <= maxBytes)
    bytes += pieces[--first]?.length ?? 0
  return pieces.slice(first)
}
