import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { messageOf, TeleclaudeError } from '../errors.ts'
import type { HookPoints } from '../host/hook-points.ts'
import type { Services } from '../host/service.ts'
import type { SessionId } from '../ids.ts'
import type { StateChange } from '../journal/entry.ts'
import type { JournalStore } from '../journal/sqlite-journal.ts'
import type { RestartStore } from '../store/restart-store.ts'
import type { SessionStore } from '../store/session-store.ts'
import type { Transport } from '../transport.ts'
import { requireLive } from './require-live.ts'
import { noteRestores, restoreSessions } from './restore.ts'
import type { RestorePolicy } from './restore-policy.ts'
import { isLive, type Session } from './session.ts'
import { SessionLife } from './session-life.ts'
import { type SessionRecord, SessionTable } from './session-table.ts'
import type { Author, CloseOptions, InputReceipt, Sessions } from './sessions.ts'
import { startSession } from './start-session.ts'
import { type TerminalInput, type TerminalSink, type Terminals, TerminalsService } from './terminal.ts'
import { createTerminalSink } from './terminal-sink.ts'
import { typeInput } from './type-input.ts'

/** What the sessions are made of. */
export interface SessionParts {
  readonly computer: string
  readonly store: SessionStore
  readonly restarts: RestartStore
  readonly journal: JournalStore
  readonly hookPoints: HookPoints
  readonly services: Services
  readonly clock: Clock
  readonly log: Logger
  /** The folder of a session that names none. */
  readonly defaultCwd: string
  /** Which sessions return after a restart of the computer. */
  readonly restore: RestorePolicy
  /** Whether the computer was started anew since a daemon last ran. */
  readonly rebooted: boolean
  /** Called when it was noted which sessions are to return. */
  noteReboot(): void
  /** The adapters that a session gets which names none. */
  adapterTypes(): readonly string[]
  /** What carries a session's output to the computer that it was started from, if anything does. */
  carrier?(): Pick<Transport, 'type' | 'channel'> | undefined
  /** Variables that every terminal gets, so that what runs in it can speak to this daemon as that session. */
  sessionEnv(session: Session): Readonly<Record<string, string>>
}

/** {@link SessionParts} with what is made of them. */
export interface SessionContext extends SessionParts {
  readonly table: SessionTable
  readonly life: SessionLife
  /** Those whose terminal ended with the last run of the computer. */
  readonly lostToReboot: ReadonlySet<SessionId>
  /** Those that are to be started again, and whose turn has not come. */
  readonly waiting: Set<SessionId>
  /** @throws TC_ERR_TERMINAL_HOST if no plugin runs terminals */
  terminals(): Terminals
  /** Appends a state entry; the session changes when it is committed, and then this settles. */
  recordChange(id: SessionId, change: Omit<StateChange, 'kind'>): Promise<unknown>
}

/** How long ended sessions are kept, in milliseconds. */
export interface KeepTimes {
  /** One-shot runs. */
  readonly runMs: number
  readonly closedMs: number
}

export interface SessionsCore extends AsyncDisposable {
  readonly sessions: Sessions
  readonly sink: TerminalSink
  /** Removes what ended long ago, and saves what could not be saved before. */
  sweep(keep: KeepTimes): void
  /** Starts those again that a restart of the computer has ended; settles when they are starting. Call once terminals run. */
  restore(): Promise<void>
  /** Fails the sessions that nothing can bring back: no plugin runs terminals. */
  failOrphans(): Promise<void>
}

/** Longer than the terminal takes to be ended by force. */
const CLOSE_DEADLINE_MS = 10_000

export function createSessions(parts: SessionParts): SessionsCore {
  const table = new SessionTable(parts)
  const life = new SessionLife({ ...parts, table })
  const context: SessionContext = {
    ...parts,
    table,
    life,
    lostToReboot: new Set(parts.rebooted ? liveIn(table) : []),
    waiting: new Set(),
    terminals: () => terminalsOf(parts.services),
    recordChange: (id, change) => parts.journal.append(id, [{ kind: 'state', ...change }]),
  }
  for (const record of table.all()) {
    const { id, state } = record.session
    parts.journal.open(id)
    parts.journal.setLive(id, isLive(state))
    // `ready` and `busy` are not saved as they change; a daemon that was killed has left an older one.
    if (isLive(state) && state !== 'closing')
      table.touch(record, { state: life.stateByMarks(record.session) })
  }
  if (parts.rebooted) noteRestores(context)
  const commits = parts.journal.onCommit((id, entries) => life.committed(id, entries))
  return {
    sessions: sessionsOf(context),
    sink: createTerminalSink(context),
    sweep: keep => sweep(context, keep),
    restore: () => restoreSessions(context),
    failOrphans: () => failOrphans(context),
    async [Symbol.asyncDispose]() {
      commits[Symbol.dispose]()
      for (const record of table.all()) table.save(record)
    },
  }
}

function sessionsOf(context: SessionContext): Sessions {
  const { table } = context
  const inLane = <T>(id: string, work: (session: Session) => Promise<T>): Promise<T> => {
    const record = table.get(id)
    return record.lane.run(() => work(record.session))
  }
  return {
    get: id => table.get(id).session,
    find: id => table.find(id)?.session,
    list: () =>
      table
        .all()
        .map(record => record.session)
        .reverse(),
    start: request => startSession(context, request),
    input: (id: string, input: TerminalInput, author: Author): Promise<InputReceipt> =>
      inLane(id, session => typeInput(context, session, input, author)),
    // What these write down is not awaited in the lane: a full disk must not keep Ctrl-C from the program.
    async resize(id, cols, rows) {
      const session = await inLane(id, session => resizeTerminal(context, session, cols, rows))
      return await recordSize(context, session.id, cols, rows)
    },
    rename: (id, change) => rename(context, table.get(id).session, change),
    // Not in the lane: what waits there may be waiting for the very program that is to end.
    close: (id, reason, options) => close(context, table.get(id), reason, options),
    screen: id => context.terminals().screen(table.get(id).session.id),
    setMetadata(id, adapterType, metadata) {
      const { session } = table.get(id)
      const { [adapterType]: _, ...others } = session.adapterMetadata
      const adapterMetadata = metadata ? { ...others, [adapterType]: metadata } : others
      table.update(session.id, { adapterMetadata })
    },
    onChange: listener => table.onChange(listener),
  }
}

async function resizeTerminal(
  context: SessionContext,
  session: Session,
  cols: number,
  rows: number,
): Promise<Session> {
  requireLive(session)
  await context.terminals().resize(session.id, cols, rows)
  return session
}

async function recordSize(
  context: SessionContext,
  id: SessionId,
  cols: number,
  rows: number,
): Promise<Session> {
  await context.recordChange(id, { cols, rows })
  const terminal = { ...context.table.get(id).session.terminal, cols, rows }
  const resized = context.table.update(id, { terminal }, { terminal })
  void context.hookPoints.sessionUpdate(resized, { terminal })
  return resized
}

async function rename(
  context: SessionContext,
  session: Session,
  change: { title?: string; description?: string },
): Promise<Session> {
  if (change.title !== undefined) await context.recordChange(session.id, { title: change.title })
  const renamed = context.table.update(session.id, change, change)
  void context.hookPoints.sessionUpdate(renamed, change)
  return renamed
}

async function close(
  context: SessionContext,
  record: SessionRecord,
  reason: string,
  options: CloseOptions = {},
): Promise<Session> {
  const { id, state } = record.session
  if (!isLive(state)) return record.session
  if (context.waiting.delete(id)) return await closeWaiting(context, record, reason)
  record.endReason ??= reason
  const ended = context.life.next(id, 'end', CLOSE_DEADLINE_MS)
  // Not awaited: a full disk, or what waits in the lane, must not keep the program from being ended.
  if (state !== 'closing') void recordClosing(context, id, reason)
  await context.terminals().close(id, options)
  await ended
  return record.session
}

/** It has no terminal yet, and is to get none. */
async function closeWaiting(
  { restarts, recordChange }: SessionContext,
  record: SessionRecord,
  reason: string,
): Promise<Session> {
  restarts.giveUp(record.session.id)
  await recordChange(record.session.id, { state: 'closed', reason })
  return record.session
}

async function recordClosing({ recordChange, log }: SessionContext, id: SessionId, reason: string) {
  try {
    await recordChange(id, { state: 'closing', reason })
  } catch (err) {
    log.warn({ err, session: id }, 'that a session is closing could not be recorded')
  }
}

function liveIn(table: SessionTable): readonly SessionId[] {
  return table.all().flatMap(({ session }) => (isLive(session.state) ? [session.id] : []))
}

function terminalsOf(services: Services): Terminals {
  const terminals = services.find(TerminalsService)
  if (terminals) return terminals
  throw new TeleclaudeError(
    'TC_ERR_TERMINAL_HOST',
    "no plugin runs terminals here. Add 'terminal' to the plugins in the configuration.",
  )
}

function sweep(context: SessionContext, keep: KeepTimes): void {
  const { table, clock } = context
  for (const record of table.all()) {
    table.save(record)
    const { id, closedAt, kind } = record.session
    if (closedAt === null || clock.now() - closedAt < (kind === 'run' ? keep.runMs : keep.closedMs)) continue
    removeEnded(context, id)
  }
}

function removeEnded({ table, journal, restarts, log }: SessionContext, id: SessionId): void {
  try {
    table.remove(id)
    journal.remove(id)
    restarts.remove(id)
  } catch (error) {
    log.warn(
      { session: id, problem: messageOf(error) },
      'an old session could not be removed; the next sweep tries again',
    )
  }
}

async function failOrphans({ services, table, recordChange }: SessionContext): Promise<void> {
  if (services.find(TerminalsService)) return
  const orphans = table.all().filter(record => isLive(record.session.state))
  const reason = 'the daemon was started without a plugin that runs terminals'
  await Promise.all(orphans.map(({ session }) => recordChange(session.id, { state: 'failed', reason })))
}
