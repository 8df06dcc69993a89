/** `redis-producer.ts <redis> <stream>`: for each line on standard input, the path of a file, appends the file in entries of 256 KiB. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'

const ENTRY_BYTES = 262_144
/** On the way to Redis at once, so that reading and writing overlap. */
const AT_ONCE = 8
/** More than the largest file has, so that a slow consumer misses nothing. */
const KEPT = 300

const [url = '', stream = ''] = process.argv.slice(2)
const redis = new Redis(url)
await redis.ping()
process.stdout.write('ready\n')
for await (const path of createInterface({ input: process.stdin })) {
  const added: Promise<unknown>[] = []
  for await (const piece of createReadStream(path, { highWaterMark: ENTRY_BYTES })) {
    added.push(redis.xadd(stream, 'MAXLEN', '~', KEPT, '*', 'm', piece as Buffer)) // without an encoding it reads buffers
    if (added.length >= AT_ONCE) await added.shift()
  }
  await Promise.all(added)
}
process.exit()
