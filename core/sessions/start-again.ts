import type { SessionId } from '../ids.ts'
import type { SessionContext } from './create-sessions.ts'
import type { Session } from './session.ts'
import { becomeReady, undoAll } from './start-session.ts'

/**
 * Gives a session that is `starting` again a terminal in the place of its former one.
 * @throws TC_ERR_CWD, TC_ERR_COMMAND_NOT_FOUND, TC_ERR_TERMINAL_HOST, or what vetoed it
 */
export async function startAgain(context: SessionContext, id: SessionId): Promise<Session> {
  const { table, hookPoints, restarts, log } = context
  const { session } = table.get(id)
  const undo: (() => Promise<void>)[] = []
  try {
    const bringUp = await hookPoints.sessionCreate(session)
    undo.push(() => bringUp.undo())
    const env = { ...restarts.env(id), ...context.sessionEnv(session) }
    const terminal = await context.terminals().start({ session, env })
    log.info({ session: id, kind: session.kind, pid: terminal.pid }, 'session started again')
    return await becomeReady(context, session, terminal)
  } catch (error) {
    await undoAll(context, session, undo)
    throw error
  }
}
