import { messageOf } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import type { SessionContext } from './create-sessions.ts'
import { isRestored } from './restore-policy.ts'
import { isLive } from './session.ts'
import { startAgain } from './start-again.ts'

/** Shells read their rc files at the same time; more than a few would make each other slow. */
const AT_ONCE = 4

/** Notes, before anything else becomes of them, which of the sessions that a restart of the computer ended are to return. */
export function noteRestores({ table, restarts, restore, noteReboot, log }: SessionContext): void {
  for (const { session } of table.all()) {
    if (!isLive(session.state) || session.state === 'closing' || !isRestored(session, restore)) continue
    try {
      restarts.setDue(session.id, true)
    } catch (err) {
      log.warn({ err, session: session.id }, 'a session will not be started again: that could not be noted')
    }
  }
  try {
    noteReboot()
  } catch (err) {
    log.warn({ err }, 'that the computer was restarted is noted at the next start')
  }
}

/**
 * Starts those sessions again, in their place and under their ids. Settles when each of them is `starting`, so that
 * nobody sees them as ended; the rest goes on behind that.
 */
export async function restoreSessions(context: SessionContext): Promise<void> {
  const { table, restarts, restore, recordChange, waiting, log } = context
  for (const id of restarts.due()) {
    const session = table.find(id)?.session
    if (!session || isLive(session.state) || !isRestored(session, restore)) settle(context, id)
    else waiting.add(id)
  }
  await Promise.all(
    [...waiting].map(id =>
      recordChange(id, { state: 'starting', reason: 'Started again after a restart of the computer.' }),
    ),
  )
  if (waiting.size > 0) log.info({ sessions: waiting.size }, 'starting sessions again')
  for (let line = 0; line < AT_ONCE; line++) void startEach(context)
}

async function startEach(context: SessionContext): Promise<void> {
  for (;;) {
    const [id] = context.waiting
    if (id === undefined) return
    context.waiting.delete(id)
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

/** One that could not be started, or was closed meanwhile, does not need what it was started with. */
function settle({ table, restarts, log }: SessionContext, id: SessionId): void {
  const session = table.find(id)?.session
  try {
    if (session && isLive(session.state)) restarts.setDue(id, false)
    else restarts.giveUp(id)
  } catch (err) {
    log.warn({ err, session: id }, 'that a session needs not be started again could not be saved')
  }
}
