import { TeleclaudeError } from '../errors.ts'
import { randomId } from '../ids.ts'
import { principalName } from '../principal.ts'
import type { Membership } from './heart.ts'
import type { OutgoingRequests } from './outgoing-requests.ts'
import { parseResult } from './parse-result.ts'
import type { Remote, RemoteRequest } from './remote.ts'
import type { RemoteSessions } from './remote-sessions.ts'
import type { RemoteWatches } from './remote-watch.ts'

export interface RemoteRequestsParts {
  readonly request: OutgoingRequests['request']
  readonly watches: Pick<RemoteWatches, 'watch' | 'prepare'>
  readonly sessions: () => Pick<RemoteSessions, 'whereabouts' | 'locate' | 'remember' | 'heard' | 'expected'>
  readonly membership: () => Membership
  /** Settles when this computer has joined first, or had its time to. */
  readonly firstJoin: Promise<void>
}

const ANSWERED_WITH_A_SESSION = new Set(['session.get', 'session.rename', 'session.resize', 'session.close'])

/** Asks a computer as this computer itself, not for anybody. */
export type Ask = (computer: string, operation: string, input: unknown) => Promise<unknown>

/** Has operations done by other computers. */
export function createRemoteRequests(parts: RemoteRequestsParts): {
  readonly remote: Remote
  readonly ask: Ask
} {
  const { request, watches, sessions } = parts
  return {
    remote: {
      async request(computer, asked, { signal, onItem }) {
        if (!parts.membership().joined) await parts.firstJoin
        requireMembership(parts.membership())
        const { operation, input, surface, alsoNeeds } = asked
        const caller = { surface, caller: principalName(asked.principal) }
        // Of the operations that run at the owner only this one emits.
        if (operation.name === 'session.watch')
          return await watches.watch(computer, input, caller, {
            ...(signal && { signal }),
            ...(onItem && { onItem }),
          })
        if (operation.name === 'session.input') watches.prepare(computer, sessionIn(input), caller)
        if (operation.name === 'session.start') sessions().expected(computer)
        const answer = await request(
          computer,
          { operation: operation.name, input, ...caller, ...(alsoNeeds.length > 0 && { needs: alsoNeeds }) },
          { requestId: asked.requestId, idempotent: operation.idempotent, signal },
        )
        const result = parseResult(operation, answer, computer)
        for (const id of sessionsIn(asked, result)) sessions().remember(id, computer)
        // Who has renamed or closed one and then lists them is to see that; the owner's news may be a moment behind.
        if (ANSWERED_WITH_A_SESSION.has(operation.name)) sessions().heard(computer, result)
        return result
      },
      locate: id => sessions().whereabouts(id) ?? sessions().locate(id),
    },
    ask: (computer, operation, input) =>
      request(
        computer,
        { operation, input, surface: 'mesh', caller: 'plugin:mesh' },
        { requestId: randomId(16), idempotent: true },
      ),
  }
}

function requireMembership(membership: Membership): void {
  if (membership.joined) return
  throw new TeleclaudeError('TC_ERR_TRANSPORT', `other computers cannot be reached: ${membership.problem}`)
}

function sessionIn(input: unknown): string {
  // `session.input` has parsed it.
  return (input as { session_id: string }).session_id
}

/** The sessions that an answer speaks of, so that their ids are enough from then on. */
function sessionsIn({ operation }: RemoteRequest, result: unknown): readonly string[] {
  // Both were parsed with the schemas of these operations.
  if (operation.name === 'session.start') return [(result as { session_id: string }).session_id]
  if (operation.name !== 'session.list') return []
  return (result as { sessions: readonly { id: string }[] }).sessions.map(session => session.id)
}
