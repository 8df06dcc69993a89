import { MAX_HEARTBEAT_BYTES } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { isWrongType } from './faults.ts'
import type { Keys } from './keys.ts'

/** By the names of their computers; null where there is none. */
export type Heartbeats = ReadonlyMap<string, Buffer | null>

/** What all computers that fit a listing may say on average is 8 KiB, several times what one does. */
const MAX_BYTES = 32 * 1024 * 1024

/**
 * The heartbeats of computers. What is too long to be one is left out, and what comes after more than all may have
 * together: anybody can have written it.
 */
export function readBeats(
  link: RedisLink,
  keys: Keys,
  names: readonly string[],
  isCluster: boolean,
): Promise<Heartbeats> {
  return isCluster ? readByNode(link, keys, names) : readAtOnce(link, keys, names)
}

/** As MGET with KEYS, but for what is longer than ARGV[1], or more than ARGV[2] with what came before. */
const READ = `
local longest, left = tonumber(ARGV[1]), tonumber(ARGV[2])
local beats = redis.call('MGET', unpack(KEYS))
for at = 1, #KEYS do
  local beat = beats[at]
  if beat and #beat <= longest and #beat <= left then left = left - #beat else beats[at] = false end
end
return beats`

async function readAtOnce(
  { commands }: RedisLink,
  keys: Keys,
  names: readonly string[],
): Promise<Heartbeats> {
  if (names.length === 0) return new Map()
  const held = names.map(keys.computer)
  const reply = await commands.callBuffer('EVAL', READ, held.length, ...held, MAX_HEARTBEAT_BYTES, MAX_BYTES)
  const beats: readonly unknown[] = Array.isArray(reply) ? reply : []
  return new Map(names.map((name, index) => [name, beatIn(beats[index])]))
}

/** So many are read of a node at a time, so that one answer is never larger than some megabytes. */
const READ_AT_ONCE = 64

/** In a cluster no command reads keys of several slots, and a pipeline goes to one node. */
async function readByNode(link: RedisLink, keys: Keys, names: readonly string[]): Promise<Heartbeats> {
  const beats = new Map<string, Buffer | null>()
  let left = MAX_BYTES
  const read = async (here: readonly string[]) => {
    const pipeline = link.commands.pipeline()
    // One byte more shows that it is too long.
    for (const name of here) pipeline.getrangeBuffer(keys.computer(name), 0, MAX_HEARTBEAT_BYTES)
    for (const [index, [error, reply]] of ((await pipeline.exec()) ?? []).entries()) {
      if (error && !isWrongType(error)) throw error
      const beat = beatIn(reply)
      const isTooMuch = beat !== null && beat.length > Math.min(MAX_HEARTBEAT_BYTES, left)
      left -= beat?.length ?? 0
      beats.set(here[index] ?? '', isTooMuch ? null : beat)
    }
  }
  const readNode = async (here: readonly string[]) => {
    for (let at = 0; at < here.length && left > 0; at += READ_AT_ONCE)
      await read(here.slice(at, at + READ_AT_ONCE))
  }
  const byNode = Map.groupBy(names, name => link.nodeOf(keys.computer(name)))
  await Promise.all([...byNode.values()].map(readNode))
  return beats
}

/** What GETRANGE finds where there is nothing is empty. */
function beatIn(reply: unknown): Buffer | null {
  return Buffer.isBuffer(reply) && reply.length > 0 ? reply : null
}
