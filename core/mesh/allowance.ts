import { closest } from '../config/closest.ts'
import { TeleclaudeError } from '../errors.ts'
import { CORE_SCOPES, SCOPE, type Scope } from '../principal.ts'
import type { Allowance } from './peer.ts'

/** An allowance as it is kept: each scope once, and none that looks misspelled. @throws TC_ERR_INVALID_INPUT */
export function checkedAllowance(allow: Allowance): Allowance {
  if (allow === '*') return allow
  for (const scope of allow) requireScopeName(scope)
  return [...new Set(allow)]
}

/** Whether `other` allows anything that `allow` does not. */
export function isWider(other: Allowance, allow: Allowance): boolean {
  if (allow === '*') return false
  return other === '*' || other.some(scope => !allow.includes(scope))
}

/** Plugins bring scopes of their own; one that is nearly core's is taken for a slip of the hand. */
function requireScopeName(scope: Scope): void {
  if ((CORE_SCOPES as readonly string[]).includes(scope)) return
  const meant = closest(scope, CORE_SCOPES)
  if (SCOPE.test(scope) && !meant) return
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `'${scope}' is no scope. ${meant ? `Did you mean '${meant}'?` : `There are: ${CORE_SCOPES.join(', ')}, and those of plugins, written area:verb.`}`,
  )
}
