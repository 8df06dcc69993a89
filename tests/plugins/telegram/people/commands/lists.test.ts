import { expect, test } from 'vitest'
import { FakeClock } from '../../../../../core/testing/fake-clock.ts'
import { sessions } from '../../../../../plugins/telegram/people/commands/lists.ts'
import { plainOf } from '../../../../../plugins/telegram/text/index.ts'

type Run = Parameters<typeof sessions.run>

/** What is answered where so many sessions run, each of them with the longest names that there are. */
async function listOf(count: number): Promise<string> {
  const running = Array.from({ length: count }, (_, at) => ({
    ...{ id: `session${at}`, title: '@a'.repeat(100), computer: 'c'.repeat(63), kind: 'k'.repeat(40) },
    ...{ state: 'ready', lastActivityAt: 0 },
  }))
  const ctx = { operations: { call: async () => ({ sessions: running }) }, clock: new FakeClock() }
  const topics = { find: () => ({ chat: -1001234567890, topic: 1 }) }
  let said = ''
  const reply = (html: string) => {
    said = html
  }
  // The list asks only for these.
  const parts = { ctx, topics, mask: (text: string) => text } as unknown as Run[0]
  await sessions.run(parts, { caller: {}, reply } as unknown as Run[1])
  return said
}

test('a list of very long names is cut at the end of a line, so that it is one message, and says how many are left', async () => {
  const html = await listOf(40)
  expect(plainOf(html).length).toBeLessThanOrEqual(4096)
  const lines = html.split('\n')
  const more = Number(/^… and (\d+) more$/.exec(lines.at(-1) ?? '')?.[1])
  expect(lines.length - 1 + more).toBe(40)
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^• <b>.*ago$/)
})

test('a short list is all of it', async () => {
  expect((await listOf(3)).split('\n')).toHaveLength(3)
})
