/** `redis-writer.ts <redis> <stream>`: for each line on standard input, a number, appends so many entries of 4 KiB. */
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'

const ENTRY = Buffer.alloc(4096, 'x')
/** As much at once as a terminal prints in a few milliseconds. */
const PIPELINED = 64
/** About as many as are kept of a session's output. */
const KEPT = 2000

const [url = '', stream = ''] = process.argv.slice(2)
const redis = new Redis(url)
await redis.ping()
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  for (let left = Number(line); left > 0; left -= PIPELINED) {
    const pipeline = redis.pipeline()
    for (let written = 0; written < Math.min(left, PIPELINED); written++)
      pipeline.xadd(stream, 'MAXLEN', '~', KEPT, '*', 'm', ENTRY)
    await pipeline.exec()
  }
}
process.exit()
