/** `redis-echo.ts <redis> <there> <back>`: writes what it reads of one stream into another. */
import { Redis } from 'ioredis'

const [url = '', there = '', back = ''] = process.argv.slice(2)
const [reader, writer] = [new Redis(url), new Redis(url)]
process.stdin.on('end', () => process.exit()).resume()
await Promise.all([reader.ping(), writer.ping()])
process.stdout.write('ready\n')
for (let after = '0'; ; ) {
  const read = await reader.xread('COUNT', 1000, 'BLOCK', 0, 'STREAMS', there, after)
  for (const [id, fields] of read?.[0]?.[1] ?? []) {
    after = id
    // With what failed the process ends, which whoever waits for it sees.
    void writer.xadd(back, 'MAXLEN', '~', 1000, '*', ...fields)
  }
}
