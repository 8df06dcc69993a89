import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SessionId } from '../ids.ts'

/** Proofs that a program runs inside a session: the session's terminal is given one, ids alone prove nothing. */
export interface SessionTokens {
  /** The token of a session, the same every time. */
  sessionToken(id: SessionId): string
  /** The session that the token proves, or null if this computer did not make it. */
  verifySessionToken(token: string): SessionId | null
}

/** @param key the computer's identity key */
export function createSessionTokens(key: Uint8Array): SessionTokens {
  const sessionToken = (id: SessionId) => `${id}.${sign(key, id)}`
  return {
    sessionToken,
    verifySessionToken(token) {
      const id = token.slice(0, Math.max(0, token.indexOf('.'))) as SessionId // proven by the comparison
      return isEqual(token, sessionToken(id)) ? id : null
    },
  }
}

function sign(key: Uint8Array, id: SessionId): string {
  return createHmac('sha256', key).update(`teleclaude session token\0${id}`).digest('base64url')
}

/** Takes as long for a wrong token as for a right one. */
function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
