import type { Cluster, Redis } from 'ioredis'

/** A command as it is sent to find out whether it may be. */
type Trial = readonly [command: string, ...args: string[]]

/**
 * Every command that this plugin sends on keys, in a form that changes nothing as long as nothing is under the key. A
 * server looks at the rights of the user, at its memory and its role before it looks at the key; so whether it takes
 * writes is told without one.
 */
function trialsOn(key: string): readonly Trial[] {
  return [
    ['ping'],
    ['get', key],
    ['set', key, '', 'XX'],
    ['del', key],
    ['unlink', key],
    ['mget', key],
    ['getrange', key, '0', '0'],
    ['type', key],
    ['ttl', key],
    ['expire', key, '1'],
    ['pexpire', key, '1'],
    ['scan', '0', 'COUNT', '1'],
    ['eval', 'return 1', '1', key],
    ['xadd', key, 'NOMKSTREAM', '*', 'field', ''],
    ['xread', 'COUNT', '1', 'STREAMS', key, '0'],
    ['xrange', key, '-', '+', 'COUNT', '1'],
    ['xlen', key],
    ['xtrim', key, 'MAXLEN', '0'],
    ['xinfo', 'STREAM', key],
    ['zadd', key, 'XX', '0', 'member'],
    ['zrem', key, 'member'],
    ['zrevrangebyscore', key, '+inf', '-inf', 'LIMIT', '0', '1'],
  ]
}

/** What a server refused of what is needed. */
export interface Refusals {
  /** As an ACL names them: `xadd`, `xinfo|stream`. */
  readonly commands: readonly string[]
  /** Commands may be sent, but not on keys with our prefix. */
  readonly refusesKeys: boolean
  /** What else was thrown, in the order of the commands. */
  readonly others: readonly unknown[]
}

/** Tries every command that is needed. @param key that nobody else uses */
export async function tryCommands(client: Redis | Cluster, key: string, db: number): Promise<Refusals> {
  const trials: readonly Trial[] = [...(db === 0 ? [] : [['select', String(db)] as const]), ...trialsOn(key)]
  const answers = await Promise.allSettled(trials.map(([command, ...args]) => client.call(command, ...args)))
  const refused = answers.flatMap((answer, at) =>
    answer.status === 'rejected' ? [{ trial: trials[at], thrown: answer.reason as unknown }] : [],
  )
  const isForbidden = ({ thrown }: { thrown: unknown }) => /^NOPERM/.test(textOf(thrown))
  const isOfKey = ({ thrown }: { thrown: unknown }) => !/command|subcommand/.test(textOf(thrown))
  const forbidden = refused.filter(isForbidden)
  return {
    commands: forbidden.filter(one => !isOfKey(one)).flatMap(({ trial }) => (trial ? [ruleFor(trial)] : [])),
    refusesKeys: forbidden.some(isOfKey),
    others: refused.filter(one => !isForbidden(one)).map(({ thrown }) => thrown),
  }
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : ''
}

function ruleFor([command, subcommand]: Trial): string {
  return command === 'xinfo' ? `xinfo|${subcommand?.toLowerCase()}` : command
}
