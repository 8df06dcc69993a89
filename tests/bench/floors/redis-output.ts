import { Redis } from 'ioredis'
import { startScript } from '../measure/child-lines.ts'

const STREAM = 'bench:output'
const ENTRY_BYTES = 4096

/** A writer in another process that pipelines XADDs of 4 KiB, and a reader here, blocked in XREAD. */
export async function openRedisOutput(url: string) {
  await using opening = new AsyncDisposableStack()
  const script = new URL('../processes/redis-writer.ts', import.meta.url)
  const writer = opening.use(startScript(script, [url, STREAM]))
  await writer.line('ready')
  const reader = new Redis(url)
  opening.defer(() => reader.disconnect())
  let after = '0'
  const open = opening.move()
  return {
    /** Settles when so many bytes have come. */
    async pass(bytes: number) {
      let left = Math.ceil(bytes / ENTRY_BYTES)
      writer.write(String(left))
      while (left > 0) {
        const read = await reader.xreadBuffer('COUNT', 100, 'BLOCK', 0, 'STREAMS', STREAM, after)
        const entries = read?.[0]?.[1] ?? []
        after = entries.at(-1)?.[0].toString() ?? after
        left -= entries.length
      }
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
