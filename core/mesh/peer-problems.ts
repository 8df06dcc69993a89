import { closest } from '../config/closest.ts'
import { TeleclaudeError } from '../errors.ts'
import type { HeartbeatFacts } from './heartbeat.ts'
import { MAX_SKEW_MS, type ProtocolRange } from './messages.ts'
import type { Peer } from './peer.ts'

/** What can be wrong between this computer and another one, in words. */

export const OLD_SECRET_PROBLEM =
  'It knows only a mesh secret that was replaced, so it cannot join any more. Give it the current one.'

export function refusedProblem(
  peer: Pick<Peer, 'name' | 'fingerprint'> & { readonly refusedFingerprint: string | null },
): string {
  const announced = peer.refusedFingerprint ?? ''
  return (
    `It announces itself with another key than the one that is known here. Known: ${peer.fingerprint}; announced: ${announced}. ` +
    `If it was reinstalled, compare with what 'teleclaude peers list' shows there, then: teleclaude peers replace ${peer.name} ${announced}. ` +
    "If it was not, somebody else uses its name and knows the secret: change that with 'teleclaude mesh rotate'."
  )
}

export function incompatibleProblem({ protocol, version }: HeartbeatFacts, ours: ProtocolRange): string {
  return (
    `It speaks ${versions(protocol)} of the protocol between computers (its program is ${version}), this computer ` +
    `${versions(ours)}. Install the newer program on the older one of the two.`
  )
}

export function clockProblem({ at }: HeartbeatFacts, now: number): string {
  const [seconds, side] = [Math.round(Math.abs(now - at) / 1000), at > now ? 'ahead of' : 'behind']
  return (
    `Its newest heartbeat is dated ${seconds} s ${side} this computer's clock; ${MAX_SKEW_MS / 1000} s are tolerated. ` +
    'Set the clocks of both by a time server. If they are right, the heartbeat is an old one that was put back.'
  )
}

export function unknownComputer(name: string, known: readonly string[], strangers: number): TeleclaudeError {
  const meant = closest(name, known)
  const others =
    strangers > 0 ? ` ${strangers} there ${strangers === 1 ? 'uses' : 'use'} another mesh secret.` : ''
  return new TeleclaudeError(
    'TC_ERR_COMPUTER_UNKNOWN',
    `no computer '${name}' is known. ${meant ? `Did you mean '${meant}'? ` : ''}'teleclaude computers' lists those that are.${others}`,
  )
}

/** Why a peer cannot be written to; only for one that is not online. */
export function unreachable(peer: Peer): TeleclaudeError {
  const { name, status, problem } = peer
  switch (status) {
    case 'revoked':
      return new TeleclaudeError(
        'TC_ERR_PEER_REFUSED',
        `'${name}' was revoked on this computer. If it is to be trusted again: teleclaude peers trust ${name}`,
      )
    case 'refused':
      return new TeleclaudeError('TC_ERR_PEER_REFUSED', `'${name}' is refused. ${problem}`)
    case 'incompatible':
      return new TeleclaudeError('TC_ERR_PROTOCOL', `'${name}' cannot be talked to. ${problem}`)
    default:
      return offline(peer)
  }
}

function offline({ name, problem, lastSeen }: Peer): TeleclaudeError {
  const seen = new Date(lastSeen).toISOString()
  return new TeleclaudeError(
    'TC_ERR_COMPUTER_OFFLINE',
    `'${name}' is offline; it was last seen at ${seen}. ${problem ?? 'Start its daemon, or see there whether it reaches the same carrier: teleclaude status'}`,
  )
}

function versions({ min, max }: ProtocolRange): string {
  return min === max ? `version ${min}` : `versions ${min} to ${max}`
}
