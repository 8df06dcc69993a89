import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { TeleclaudeError } from '../errors.ts'
import { newSessionId, type SessionId } from '../ids.ts'
import type { SessionContext } from './create-sessions.ts'
import { isRestored } from './restore-policy.ts'
import { isLive, type Session } from './session.ts'
import type { StartRequest } from './sessions.ts'

/** The size of a terminal that nobody has said anything about; wide enough for most tables. */
const DEFAULT_COLS = 120
const DEFAULT_ROWS = 40

/** Makes the record, asks the plugins, starts the terminal. Whatever fails, nothing is left of it. */
export async function startSession(context: SessionContext, request: StartRequest): Promise<Session> {
  const { table, journal, hookPoints, restarts, log } = context
  const terminals = context.terminals()
  const session = newSession(context, request)
  journal.open(session.id) // first: whoever hears of the session may read its journal at once
  const undo: (() => Promise<void>)[] = [async () => forget(context, session)]
  try {
    table.create(session)
    if (request.env && isRestored(session, context.restore)) restarts.saveEnv(session.id, request.env)
    const bringUp = await hookPoints.sessionCreate(session)
    undo.push(() => bringUp.undo())
    const terminal = await terminals.start({
      session,
      env: { ...request.env, ...context.sessionEnv(session) },
      ...(request.existing !== undefined && { existing: request.existing }),
    })
    log.info({ session: session.id, kind: session.kind, pid: terminal.pid }, 'session started')
    return await becomeReady(context, session, terminal)
  } catch (error) {
    await undoAll(context, session, undo)
    throw error
  }
}

/** What cannot be undone (the disk is full) must not hide why the session could not be started. */
export async function undoAll(
  { log }: SessionContext,
  { id }: Session,
  undo: readonly (() => Promise<void>)[],
): Promise<void> {
  for (const step of undo.toReversed()) {
    await step().catch((err: unknown) => log.warn({ err, session: id }, 'a start could not be undone'))
  }
}

function newSession(context: SessionContext, request: StartRequest): Session {
  const now = context.clock.now()
  const id = request.id ?? newSessionId()
  return {
    id,
    computer: context.computer,
    title: request.title,
    description: request.description ?? '',
    kind: kindOf(request),
    state: 'starting',
    origin: request.origin ?? context.computer,
    originAdapter: request.originAdapter,
    ...adaptersOf(context, request, id),
    terminal: {
      backend: request.backend ?? '',
      cwd: absolute(request.cwd ?? context.defaultCwd),
      cols: request.cols ?? DEFAULT_COLS,
      rows: request.rows ?? DEFAULT_ROWS,
      pid: null,
      ttyPath: null,
    },
    command: request.command ?? null,
    ...(request.shell !== undefined && { shell: request.shell }),
    createdAt: now,
    updatedAt: now,
    lastActivityAt: now,
    closedAt: null,
    closeReason: null,
    exitCode: null,
  }
}

/** The primary of a session that was started from elsewhere is what carries it back there. */
function adaptersOf(
  context: SessionContext,
  request: StartRequest,
  id: SessionId,
): Pick<Session, 'adapterTypes' | 'adapterMetadata'> {
  const isFromElsewhere = (request.origin ?? context.computer) !== context.computer
  const carrier = isFromElsewhere ? context.carrier?.() : undefined
  const registered = context.adapterTypes()
  const types = carrier ? [carrier.type, ...registered.filter(type => type !== carrier.type)] : registered
  return {
    adapterTypes: request.adapterTypes ?? types,
    adapterMetadata: carrier ? { [carrier.type]: carrier.channel(id) } : {},
  }
}

/** Agents are kinds that plugins bring; core knows a shell and a one-shot run. */
function kindOf({ kind = 'shell' }: StartRequest): string {
  if (kind === 'shell' || kind === 'run') return kind
  throw new TeleclaudeError(
    'TC_ERR_KIND_UNKNOWN',
    `no plugin knows how to start a session of kind '${kind}'. Use 'shell', with the program as its command.`,
  )
}

function absolute(cwd: string): string {
  const expanded = cwd === '~' || cwd.startsWith('~/') ? join(homedir(), cwd.slice(1)) : cwd
  if (isAbsolute(expanded)) return expanded
  throw new TeleclaudeError(
    'TC_ERR_CWD',
    `the working directory '${cwd}' is not an absolute path. Give one that begins with / or ~.`,
  )
}

/** What runs may have ended already; then the session is closed, and was ready before. */
export async function becomeReady(
  { table, life, recordChange, hookPoints }: SessionContext,
  { id }: Session,
  terminal: Session['terminal'],
): Promise<Session> {
  const { cols, rows } = terminal
  const started = table.update(
    id,
    { terminal: { ...terminal, cwd: table.get(id).session.terminal.cwd } },
    { terminal },
  )
  if (!isLive(started.state)) return started
  await recordChange(id, { state: life.stateByMarks(started), cols, rows, title: started.title })
  void hookPoints.sessionUpdate(table.get(id).session, { terminal })
  return table.get(id).session
}

function forget({ table, journal, restarts }: SessionContext, { id }: Session): void {
  table.remove(id)
  journal.remove(id)
  restarts.remove(id)
}
