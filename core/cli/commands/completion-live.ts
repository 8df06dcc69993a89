import { withDeadline } from '../../clock.ts'
import { isLive, type Session } from '../../sessions/session.ts'
import type { Cli } from '../context.ts'

/** What may stand in a line; `note` tells people what it is. */
export interface Candidate {
  readonly value: string
  readonly note: string
}

/** Whoever presses Tab does not wait for a daemon that hangs. */
const ANSWER_MS = 300
/** These say something of a session that has ended, too. */
const OF_ENDED_ONES = new Set(['session get', 'session read', 'session rename'])

/** The ids of sessions; one is also found by how its title begins, in any case. */
export async function sessionCandidates(
  cli: Cli,
  words: string,
  typed: string,
): Promise<readonly Candidate[]> {
  const { sessions } = await ask<{ sessions: readonly Session[] }>(cli, 'session.list')
  const begun = typed.toLowerCase()
  return sessions
    .filter(({ state }) => OF_ENDED_ONES.has(words) || isLive(state))
    .filter(({ id, title }) => id.startsWith(typed) || title.toLowerCase().startsWith(begun))
    .map(({ id, title, computer }) => ({ value: id, note: `${title} (${computer})` }))
}

export async function computerCandidates(cli: Cli): Promise<readonly Candidate[]> {
  const { computers } = await ask<{ computers: readonly { name: string; status: string }[] }>(
    cli,
    'computers.list',
  )
  return computers.map(({ name, status }) => ({ value: name, note: status }))
}

function ask<T>(cli: Cli, operation: string): Promise<T> {
  const late = () => new Error('the daemon does not answer in time')
  return withDeadline(cli.clock, cli.daemon.call<T>(operation, {}), ANSWER_MS, late)
}
