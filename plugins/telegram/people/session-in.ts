import type { Session } from '../../../core/index.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** The session of the topic where something was said; null in other places. @throws TC_ERR_SESSION_NOT_FOUND, TC_ERR_COMPUTER_OFFLINE */
export async function sessionIn(
  { ctx }: Pick<PeopleParts, 'ctx'>,
  { record, caller }: Pick<Occasion, 'record' | 'caller'>,
): Promise<Session | null> {
  if (!record) return null
  return await ctx.operations.call<Session>('session.get', { session_id: record.session }, caller)
}
