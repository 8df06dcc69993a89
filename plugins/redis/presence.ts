import { asBuffer, type Clock, MAX_HEARTBEAT_BYTES, type Presence } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { isWrongType } from './faults.ts'
import type { Keys } from './keys.ts'
import type { RedisOptions } from './options.ts'
import { readBeats } from './presence-beats.ts'
import { MAX_COMPUTERS, readNames } from './presence-names.ts'

/**
 * Sets the key to ARGV[2] for ARGV[3] ms if it holds nothing, or ARGV[1]; returns what it holds otherwise, or as much of
 * it as ARGV[4] says. What nobody ever announced must not keep a computer away for ever: what is no string goes at once,
 * a string without an end gets one.
 */
const ANNOUNCE = `
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'table' then
  redis.call('DEL', KEYS[1])
elseif held and held ~= ARGV[1] and held ~= ARGV[2] then
  if redis.call('TTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  return string.sub(held, 1, ARGV[4])
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false`

/** Deletes the key if it holds ARGV[1]. */
const WITHDRAW = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return false`

export interface PresenceParts {
  readonly link: RedisLink
  readonly keys: Keys
  readonly options: Pick<RedisOptions, 'heartbeatMs' | 'heartbeatTtlMs' | 'cluster'>
  readonly clock: Clock
}

/** Keeps the heartbeats of all computers in Redis. */
export function createPresence({ link, keys, options, clock }: PresenceParts): Presence {
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      throw link.failed(thrown).error
    }
  }
  return {
    intervalMs: options.heartbeatMs,
    ttlMs: options.heartbeatTtlMs,
    announce: (computer, heartbeat, expected) =>
      attempt(async () => {
        const key = keys.computer(computer)
        // Nothing is announced as the empty string, so it stands for nothing.
        const bytes = [asBuffer(expected ?? new Uint8Array()), asBuffer(heartbeat)]
        // What has a byte more than a heartbeat can have is none, however it goes on.
        const bounds = [options.heartbeatTtlMs, MAX_HEARTBEAT_BYTES + 1]
        const held = await link.commands.callBuffer('EVAL', ANNOUNCE, 1, key, ...bytes, ...bounds)
        if (Buffer.isBuffer(held)) return held
        await noteSeen(link, keys, computer, clock.now())
        return null
      }),
    withdraw: (computer, heartbeat) =>
      attempt(async () => {
        await link.commands.eval(WITHDRAW, 1, keys.computer(computer), asBuffer(heartbeat))
      }),
    list: known =>
      attempt(async () => {
        const now = clock.now()
        const seen = await readNames(link, keys.computers, now)
        const names = [...new Set([...known, ...seen.keys()])].slice(0, MAX_COMPUTERS)
        const beats = await readBeats(link, keys, names, options.cluster !== undefined)
        return names.flatMap(computer => {
          const heartbeat = beats.get(computer) ?? null
          const lastSeen = seen.get(computer)
          return heartbeat || lastSeen !== undefined ? { computer, heartbeat, lastSeen: lastSeen ?? now } : []
        })
      }),
    forget: computer =>
      attempt(async () => {
        await link.commands.zrem(keys.computers, computer)
      }),
  }
}

async function noteSeen(link: RedisLink, keys: Keys, computer: string, now: number): Promise<void> {
  try {
    await link.commands.zadd(keys.computers, now, computer)
  } catch (thrown) {
    if (!isWrongType(thrown)) throw thrown
    await link.commands.unlink(keys.computers)
    await link.commands.zadd(keys.computers, now, computer)
  }
}
