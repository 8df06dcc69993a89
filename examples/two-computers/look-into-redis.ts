import { Redis } from 'ioredis'
import { expect, tell } from './narration.ts'

const MAILBOX = 'teleclaude:messages:laptop'

/** Tells what somebody finds who has the password of the Redis and nothing else. */
export async function showRedis(url: string): Promise<void> {
  const redis = new Redis(url)
  try {
    const [, keys] = await redis.scan(0, 'MATCH', 'teleclaude:*', 'COUNT', 1000)
    for (const key of keys.sort()) tell(`${(await redis.type(key)).padEnd(6)} ${key}`)
    const messages = await redis.xrange(MAILBOX, '-', '+')
    const [id = '', [, message = ''] = []] = messages.at(-1) ?? []
    const unreadable = message.replace(/[^\x20-\x7e]+/g, '·')
    tell(`The newest of ${messages.length} messages to the laptop, ${id}:\n${unreadable.slice(0, 350)} …`)
    expect(/built|still here|sleep|Linux/.test(JSON.stringify(messages)), false)
  } finally {
    redis.disconnect()
  }
}
