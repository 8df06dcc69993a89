import { userInfo } from 'node:os'
import { TeleclaudeError } from './errors.ts'
import { CORE_SCOPES, type Principal } from './principal.ts'
import type { SessionTokens } from './sessions/session-token.ts'

/** What programs inside sessions may do: all that people may, but not end the daemon. */
const SESSION_SCOPES = CORE_SCOPES.filter(scope => scope !== 'daemon:admin')

/**
 * Who speaks on the control socket: the user whose account it is (nobody else can open it), or the session whose token
 * is shown.
 */
export function createAuthenticate(tokens: SessionTokens): (token: string | undefined) => Principal {
  const user: Principal = { kind: 'user', name: userName(), scopes: '*' }
  return token => {
    if (token === undefined) return user
    const sessionId = tokens.verifySessionToken(token)
    if (sessionId) return { kind: 'session', sessionId, scopes: SESSION_SCOPES }
    throw new TeleclaudeError(
      'TC_ERR_UNAUTHENTICATED',
      'the session token is not one of this daemon. Unset TELECLAUDE_SESSION_TOKEN to ask as yourself.',
    )
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'user') // an account without a name, as in some containers
  }
}
