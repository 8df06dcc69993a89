/** `redis-consumer.ts <redis> <stream>`: for each line on standard input, `<bytes> <path>`, writes so much of the stream into a file. */
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'

const [url = '', stream = ''] = process.argv.slice(2)
const redis = new Redis(url)
await redis.ping()
process.stdout.write('ready\n')
let after = '0'
for await (const line of createInterface({ input: process.stdin })) {
  const [bytes = '', path = ''] = line.split(' ')
  await using file = await open(path, 'w')
  for (let left = Number(bytes); left > 0; ) {
    const read = await redis.xreadBuffer('COUNT', 8, 'BLOCK', 0, 'STREAMS', stream, after)
    for (const [id, fields] of read?.[0]?.[1] ?? []) {
      const piece = fields[1] ?? Buffer.alloc(0)
      await file.writeFile(piece)
      left -= piece.length
      after = id.toString()
    }
  }
  process.stdout.write('done\n')
}
process.exit()
