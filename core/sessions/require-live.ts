import { TeleclaudeError } from '../errors.ts'
import { isLive, type Session } from './session.ts'

/** @throws TC_ERR_SESSION_CLOSED if the session has ended */
export function requireLive(session: Session): void {
  if (isLive(session.state)) return
  throw new TeleclaudeError(
    'TC_ERR_SESSION_CLOSED',
    `session '${session.id}' has ended (${session.closeReason ?? session.state}). It can be read; start another one to type.`,
  )
}
