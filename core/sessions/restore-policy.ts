import type { Session } from './session.ts'

/**
 * Which sessions are started again after the computer was restarted: none, shells without a command of their own, all,
 * or those of certain kinds. One-shot runs and terminals that were somebody's own never are.
 */
export type RestorePolicy = 'none' | 'shells' | 'all' | Readonly<Record<string, boolean>>

/** Why a session ended whose terminal a restart of the computer took. */
export const ENDED_BY_REBOOT = 'The computer was restarted, and this terminal ended with it.'
/** The same of one that returns. */
export const RETURNS_AFTER_REBOOT = 'The computer was restarted. This session is started again in its place.'

export function isRestored(
  { kind, command, terminal }: Pick<Session, 'kind' | 'command' | 'terminal'>,
  policy: RestorePolicy,
): boolean {
  if (kind === 'run' || terminal.isAdopted || policy === 'none') return false
  if (policy === 'all') return true
  return policy === 'shells' ? kind === 'shell' && command === null : policy[kind] === true
}
