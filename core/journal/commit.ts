import type { PendingAppend } from './commit-queue.ts'
import type { Entry } from './entry.ts'
import type { PlacedEntry } from './entry-row.ts'
import type { JournalTable } from './journal-table.ts'
import type { SessionLog } from './session-log.ts'

/** What one transaction adds to one log. */
export interface Commit {
  readonly log: SessionLog
  readonly placed: readonly PlacedEntry[]
}

/** In each log's order, and in the order in which the logs come first. */
export function commitsOf(appends: readonly PendingAppend[]): readonly Commit[] {
  const placedByLog = new Map<SessionLog, PlacedEntry[]>()
  for (const { log, placed } of appends) {
    const known = placedByLog.get(log)
    if (!known) placedByLog.set(log, [...placed])
    else for (const entry of placed) known.push(entry)
  }
  return [...placedByLog].map(([log, placed]) => ({ log, placed }))
}

/** Call within a transaction. */
export function writeCommit(table: JournalTable, { log, placed }: Commit): void {
  for (const entry of placed) table.insert(log, entry)
  const mark = lastMarkOf(placed)
  if (mark) table.setLastMark(log, mark)
}

/** Makes what was committed visible. Returns how much it weighs. */
export function advance({ log, placed }: Commit): number {
  const head = placed.at(-1)?.place ?? log.head
  const weight = head.weight - log.head.weight
  log.head = head
  log.lastMark = lastMarkOf(placed) ?? log.lastMark
  log.source = placed.findLast(({ source }) => source)?.source ?? log.source
  return weight
}

function lastMarkOf(placed: readonly PlacedEntry[]): Entry | null {
  return placed.findLast(({ entry }) => entry.kind === 'mark')?.entry ?? null
}
