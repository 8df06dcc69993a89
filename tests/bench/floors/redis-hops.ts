import { Redis } from 'ioredis'
import { startScript } from '../measure/child-lines.ts'

const [THERE, BACK] = ['bench:there', 'bench:back']
/** About as long as a sealed message. */
const MESSAGE = 'x'.repeat(500)

/**
 * Bare ioredis between this process and another one. A *hop* is XADD over one connection until another process, blocked
 * in XREAD, has it: a round trip is two.
 */
export async function openRedisHops(url: string) {
  await using opening = new AsyncDisposableStack()
  opening.use(await startEcho(url))
  const [writer, reader] = [new Redis(url), new Redis(url)]
  opening.defer(() => [writer, reader].forEach(redis => void redis.disconnect()))
  const waiting = new Map<string, () => void>()
  const reading = readAll(reader, number => {
    waiting.get(number)?.()
    waiting.delete(number)
  })
  // It ends with its connection.
  reading.catch(() => {})
  let last = 0
  const open = opening.move()
  return {
    async roundTrip() {
      const number = String(++last)
      const isBack = new Promise<void>(resolve => waiting.set(number, resolve))
      await writer.xadd(THERE, 'MAXLEN', '~', 1000, '*', 'number', number, 'message', MESSAGE)
      await isBack
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function startEcho(url: string) {
  const echo = startScript(new URL('../processes/redis-echo.ts', import.meta.url), [url, THERE, BACK])
  await echo.line('ready')
  return echo
}

async function readAll(reader: Redis, onNumber: (number: string) => void): Promise<never> {
  for (let after = '0'; ; ) {
    const read = await reader.xread('COUNT', 1000, 'BLOCK', 0, 'STREAMS', BACK, after)
    for (const [id, fields] of read?.[0]?.[1] ?? []) {
      after = id
      onNumber(fields[1] ?? '')
    }
  }
}
