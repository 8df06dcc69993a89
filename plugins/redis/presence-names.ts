import { COMPUTER_NAME, MAX_SKEW_MS } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'

/** Far more computers than one mesh has; a set that was filled by somebody else is not read to its end. */
export const MAX_COMPUTERS = 4000
/** Computers whose clocks are that wrong are few; so many are listed, so that somebody is told of it. */
const MAX_AHEAD = 100

/**
 * When each computer was last seen: first those seen last, by clocks that may be right, and then some that claim to have
 * been seen in the future. Whoever can write to the set can put any number of those in front of all others.
 */
export async function readNames(
  { commands }: Pick<RedisLink, 'commands'>,
  key: string,
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const latest = now + MAX_SKEW_MS
  const replies = await commands
    .pipeline()
    .zrevrangebyscore(key, latest, '-inf', 'WITHSCORES', 'LIMIT', 0, MAX_COMPUTERS)
    .zrevrangebyscore(key, '+inf', `(${latest}`, 'WITHSCORES', 'LIMIT', 0, MAX_AHEAD)
    .exec()
  const seen = new Map<string, number>()
  for (const [error, reply] of replies ?? []) {
    if (error) throw error
    for (const [name, at] of pairsIn(reply))
      if (COMPUTER_NAME.test(name) && Number.isFinite(at)) seen.set(name, at)
  }
  return seen
}

function* pairsIn(reply: unknown): Generator<readonly [name: string, at: number]> {
  const row = Array.isArray(reply) ? reply.map(String) : []
  for (let at = 0; at + 1 < row.length; at += 2) yield [row[at] ?? '', Number(row[at + 1])]
}
