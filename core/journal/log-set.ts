import { TeleclaudeError } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { Entry } from './entry.ts'
import type { JournalTable } from './journal-table.ts'
import type { SessionLog } from './session-log.ts'

/** The logs of all sessions that this database knows. */
export interface LogSet {
  /** @throws TC_ERR_SESSION_NOT_FOUND */
  get(session: SessionId): SessionLog
  find(session: SessionId): SessionLog | undefined
  all(): Iterable<SessionLog>
  /** A new one, without entries. */
  add(session: SessionId, number: number): void
  delete(log: SessionLog): void
  /** Numbers of removed logs that still have entries. */
  readonly orphans: readonly number[]
}

export function loadLogs(table: JournalTable): LogSet {
  const logs = new Map<SessionId, SessionLog>()
  const orphans: number[] = []
  for (const { number, session, closed_at, last_mark } of table.logs()) {
    if (session === null) {
      orphans.push(number)
      continue
    }
    const id = session as SessionId // only ids are written to the column
    const lastMark: Entry | null = last_mark === null ? null : JSON.parse(last_mark)
    logs.set(id, createLog(table, { number, session: id, closedAt: closed_at, lastMark }))
  }
  return {
    get(session) {
      const log = logs.get(session)
      if (log) return log
      throw new TeleclaudeError(
        'TC_ERR_SESSION_NOT_FOUND',
        `There is no journal of session '${String(session).slice(0, 40)}'. List the sessions that there are.`,
      )
    },
    find: session => logs.get(session),
    all: () => logs.values(),
    add(session, number) {
      logs.set(session, createLog(table, { number, session, closedAt: null, lastMark: null }))
    },
    delete: log => void logs.delete(log.session),
    orphans,
  }
}

type Known = Pick<SessionLog, 'number' | 'session' | 'closedAt' | 'lastMark'>

function createLog(table: JournalTable, known: Known): SessionLog {
  const head = table.head(known.number)
  return {
    ...known,
    floor: table.floor(known.number),
    head,
    next: head,
    source: known.closedAt === null ? table.lastSource(known.number) : null,
    waiters: new Set(),
  }
}
