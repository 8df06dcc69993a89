import assert from 'node:assert/strict'
import type { z } from 'zod'
import type { AdapterConformance } from './adapter-conformance.ts'
import { assertInOrder, inArena, lines } from './arena.ts'

/** What a session prints arrives. */
export function deliveryTests<Options extends z.ZodType>(suite: AdapterConformance<Options>): void {
  const { test } = suite

  test(
    'everything that a session prints arrives, in order',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      const printed = Array.from({ length: 40 }, (_, batch) =>
        arena.host.print(session, lines(batch * 5 + 1, batch * 5 + 5)),
      )
      await Promise.all(printed)
      await arena.hasLines(session, 200)
      assertInOrder(await arena.far.received(session), 200)
    }),
  )

  test(
    'sessions that print at the same time each arrive in order, apart where there are threads',
    inArena(suite, async arena => {
      const one = await arena.host.startSession({ title: 'one' })
      const two = await arena.host.startSession({ title: 'two' })
      for (let line = 1; line <= 20; line++) {
        await Promise.all([
          arena.host.print(one, `first ${lines(line, line)}`),
          arena.host.print(two, `second ${lines(line, line)}`),
        ])
      }
      await arena.hasLines(one, 20)
      await arena.hasLines(two, 20)
      const [first, second] = [await arena.far.received(one), await arena.far.received(two)]
      assertInOrder(withWord(first, 'first'), 20)
      assertInOrder(withWord(second, 'second'), 20)
      if (!arena.adapter.supports.threads) return
      assert(!first.includes('second'), 'one session shows what another printed')
      assert(!second.includes('first'), 'one session shows what another printed')
    }),
  )

  test(
    'a notice arrives',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.client.sendMessage(session.id, 'tea is ready', { author: 'kitchen' })
      const hasNotice = async () => (await arena.far.received(session)).includes('tea is ready')
      await arena.eventually(hasNotice, 'the notice')
    }),
  )

  test(
    'the last words of a session arrive',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 3))
      await arena.host.exit(session)
      await arena.hasLines(session, 3)
    }),
  )

  test(
    'a session goes on after it was renamed',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 1))
      await arena.hasLines(session, 1)
      await arena.host.sessions.rename(session.id, { title: 'other' })
      await arena.host.print(session, lines(2, 2))
      await arena.hasLines(session, 2)
      assertInOrder(await arena.far.received(session), 2)
    }),
  )

  for (const [what, output] of HOSTILE) {
    test(
      `output is not stopped by ${what}`,
      inArena(suite, async arena => {
        const session = await arena.host.startSession()
        await arena.host.print(session, lines(1, 1))
        await arena.host.print(session, `${output}\r\n`)
        await arena.host.print(session, lines(2, 2))
        await arena.hasLines(session, 2)
        assertInOrder(await arena.far.received(session), 2)
      }),
    )
  }
}

const HOSTILE = [
  ['control characters', 'bell \x07 null \x00 back \b escape \x1b[31mred\x1b[0m \x1b]0;title\x07'],
  ['markup', '<b>bold</i> &amp; ``` *x* _y_ [z](http://example.com) {{t}} $(u) %s'],
  ['a line of 100 kB', 'x'.repeat(100_000)],
  ['emoji and writing from right to left', '👩‍👩‍👧‍👦 \u202eabc\u202c שלום é'],
  ['nothing but empty lines', '\r\n'.repeat(500)],
] as const

function withWord(text: string, word: string): string {
  return text
    .split('\n')
    .filter(line => line.includes(word))
    .join('\n')
}
