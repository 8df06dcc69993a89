import type { Clock, Presence } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { isWrongType } from './faults.ts'
import type { Keys } from './keys.ts'
import type { RedisOptions } from './options.ts'

/** As core has it: what is called otherwise was written by somebody else. */
const COMPUTER_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/
/** Far more computers than one mesh has; a set that was filled by somebody else is not read to its end. */
const MAX_COMPUTERS = 10_000

/**
 * Sets the key to ARGV[2] for ARGV[3] ms if it holds nothing, or ARGV[1]; returns what it holds otherwise. What nobody
 * ever announced must not keep a computer away for ever: what is no string goes at once, a string without an end gets one.
 */
const ANNOUNCE = `
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'table' then
  redis.call('DEL', KEYS[1])
elseif held and held ~= ARGV[1] and held ~= ARGV[2] then
  if redis.call('TTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  return held
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
  const read = (names: readonly string[]) =>
    options.cluster ? readByNode(link, keys, names) : readAtOnce(link, keys, names)
  return {
    intervalMs: options.heartbeatMs,
    ttlMs: options.heartbeatTtlMs,
    announce: (computer, heartbeat, expected) =>
      attempt(async () => {
        // Nothing is announced as the empty string, so it stands for nothing.
        const args = [bytes(expected ?? new Uint8Array()), bytes(heartbeat), options.heartbeatTtlMs]
        const held = await link.commands.callBuffer('EVAL', ANNOUNCE, 1, keys.computer(computer), ...args)
        if (Buffer.isBuffer(held)) return held
        await noteSeen(link, keys, computer, clock.now())
        return null
      }),
    withdraw: (computer, heartbeat) =>
      attempt(async () => {
        await link.commands.eval(WITHDRAW, 1, keys.computer(computer), bytes(heartbeat))
      }),
    list: () =>
      attempt(async () => {
        const seen = await lastSeen(link, keys)
        const beats = await read([...seen.keys()])
        return [...seen].map(([computer, at]) => ({
          computer,
          heartbeat: beats.get(computer) ?? null,
          lastSeen: at,
        }))
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

type Heartbeats = ReadonlyMap<string, Buffer | null>

async function lastSeen(link: RedisLink, keys: Keys): Promise<ReadonlyMap<string, number>> {
  const rows = await link.commands.zrevrange(keys.computers, 0, MAX_COMPUTERS - 1, 'WITHSCORES')
  const seen = new Map<string, number>()
  for (let row = 0; row + 1 < rows.length; row += 2) {
    const name = rows[row] ?? ''
    const at = Number(rows[row + 1])
    if (COMPUTER_NAME.test(name) && Number.isFinite(at)) seen.set(name, at)
  }
  return seen
}

async function readAtOnce(link: RedisLink, keys: Keys, names: readonly string[]): Promise<Heartbeats> {
  if (names.length === 0) return new Map()
  const beats = await link.commands.mgetBuffer(names.map(keys.computer))
  return new Map(names.map((name, index) => [name, beats[index] ?? null]))
}

/** In a cluster no command reads keys of several slots, and a pipeline goes to one node. */
async function readByNode(link: RedisLink, keys: Keys, names: readonly string[]): Promise<Heartbeats> {
  const beats = new Map<string, Buffer | null>()
  const byNode = Map.groupBy(names, name => link.nodeOf(keys.computer(name)))
  const readNode = async (here: readonly string[]) => {
    const pipeline = link.commands.pipeline()
    for (const name of here) pipeline.getBuffer(keys.computer(name))
    const replies = (await pipeline.exec()) ?? []
    for (const [index, [error, beat]] of replies.entries()) {
      if (error) throw error
      beats.set(here[index] ?? '', Buffer.isBuffer(beat) ? beat : null)
    }
  }
  await Promise.all([...byNode.values()].map(readNode))
  return beats
}

/** The same memory, as ioredis takes it. */
function bytes(of: Uint8Array): Buffer {
  return Buffer.from(of.buffer, of.byteOffset, of.byteLength)
}
