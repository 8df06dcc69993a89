import { messageOf } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { SessionContext } from './create-sessions.ts'
import { isRestored } from './restore-policy.ts'
import { isLive, type Session } from './session.ts'
import { startAgain } from './start-again.ts'

/** Shells read their rc files at the same time; more than a few would make each other slow. */
const AT_ONCE = 4

/** Notes, before anything else becomes of them, which of the sessions that a restart of the computer ended are to return. */
export function noteRestores({ table, restarts, restore, log }: SessionContext): void {
  for (const { session } of table.all()) {
    if (!isLive(session.state) || session.state === 'closing' || !isRestored(session, restore)) continue
    try {
      restarts.setDue(session.id, true)
    } catch (err) {
      log.warn({ err, session: session.id }, 'a session will not be started again: that could not be noted')
    }
  }
}

/**
 * Starts those sessions again, in their place and under their ids. Settles when each of them is `starting`, so that
 * nobody sees them as ended; the rest goes on behind that.
 */
export async function restoreSessions(context: SessionContext): Promise<void> {
  const { table, restarts, restore, recordChange, log } = context
  const waiting: Session[] = []
  for (const id of restarts.due()) {
    const session = table.find(id)?.session
    if (!session || isLive(session.state) || !isRestored(session, restore)) settle(context, id)
    else waiting.push(session)
  }
  await Promise.all(
    waiting.map(({ id }) =>
      recordChange(id, { state: 'starting', reason: 'Started again after a restart of the computer.' }),
    ),
  )
  if (waiting.length > 0) log.info({ sessions: waiting.length }, 'starting sessions again')
  for (let line = 0; line < AT_ONCE; line++) void startEach(context, waiting)
}

async function startEach(context: SessionContext, waiting: Session[]): Promise<void> {
  for (let session = waiting.shift(); session; session = waiting.shift()) {
    const { id } = session
    try {
      await startAgain(context, id)
    } catch (error) {
      await giveUp(context, id, messageOf(error))
    }
    settle(context, id)
  }
}

async function giveUp({ recordChange, log }: SessionContext, id: SessionId, why: string): Promise<void> {
  const reason = `The computer was restarted, and this session could not be started again: ${why}`
  log.warn({ session: id, reason }, 'a session could not be started again')
  await recordChange(id, { state: 'failed', reason }).catch((err: unknown) =>
    log.warn({ err, session: id }, 'that could not be recorded'),
  )
}

function settle({ restarts, log }: SessionContext, id: SessionId): void {
  try {
    restarts.setDue(id, false)
  } catch (err) {
    log.warn({ err, session: id }, 'that a session needs not be started again could not be saved')
  }
}
