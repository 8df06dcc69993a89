import { expect, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createMailboxTrim } from '../../../plugins/redis/mailbox-trim.ts'
import { startRedis } from '../../support/redis-server.ts'
import { connectedLink } from './connected-link.ts'

const [MAILBOX, READ] = ['teleclaude:messages:alpha', 'teleclaude:messages:alpha:read']
/** So many are taken that what was taken before is trimmed at once. */
const MANY = 64

test('a mailbox that is set back while it is trimmed loses nothing of what is in it now', async () => {
  await using redis = await startRedis()
  await using connected = await connectedLink({ url: redis.url })
  await connected.up()
  const { commands } = connected.link
  const trim = createMailboxTrim(connected.link, MAILBOX, READ, new FakeClock())
  const takeMany = (base: number) => {
    for (let mail = 0; mail < MANY; mail++) trim.taken(`${base + mail}-0`, 1)
  }
  takeMany(1000)
  takeMany(2000)
  trim.reset()
  for (const id of ['1-0', '2-0']) await commands.xadd(MAILBOX, id, 'm', 'unread')
  // Twice, so that whatever follows from the first answers was sent before.
  for (let round = 0; round < 2; round++) await commands.ping()
  expect(await commands.get(READ)).toBe(`${2000 + MANY - 1}-0`)
  expect(await commands.xlen(MAILBOX)).toBe(2)
  await trim.close()
  expect(await commands.xlen(MAILBOX)).toBe(2)
})
