import assert from 'node:assert/strict'
import type { z } from 'zod'
import { START } from '../../journal/cursor.ts'
import type { Entry } from '../../journal/entry.ts'
import { toText } from '../../text/to-text.ts'
import type { AdapterConformance } from './adapter-conformance.ts'
import { assertInOrder, inArena, lines } from './arena.ts'

/** Reading back, where `supports.stream` says that this can be done. */
export function streamTests<Options extends z.ZodType>(suite: AdapterConformance<Options>): void {
  const { test } = suite

  test(
    'where it streams, entries are read back as they were sent',
    inArena(suite, async (arena, runner) => {
      const { adapter } = arena
      if (!adapter.supports.stream) return runner.skip('this adapter does not claim to stream')
      assert(adapter.streamMessages, 'it claims to stream but has no streamMessages')
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 20))
      await arena.hasLines(session, 20)
      const enough = new AbortController()
      const entries: Entry[] = []
      for await (const entry of adapter.streamMessages(session, START, enough.signal)) {
        entries.push(entry)
        if (toText(entries).includes('line 20\n')) enough.abort()
      }
      assertInOrder(toText(entries), 20)
      assert.deepEqual(
        entries.map(entry => entry.seq),
        entries.map(entry => entry.seq).toSorted((a, b) => a - b),
        'seqs must ascend',
      )
    }),
  )

  test(
    'where it streams, the newest entries can be had',
    inArena(suite, async (arena, runner) => {
      const { adapter } = arena
      if (!adapter.supports.stream) return runner.skip('this adapter does not claim to stream')
      assert(adapter.getMessages, 'it claims to stream but has no getMessages')
      const session = await arena.host.startSession()
      for (let line = 1; line <= 10; line++) await arena.host.print(session, lines(line, line))
      await arena.hasLines(session, 10)
      const newest = await adapter.getMessages(session, 3)
      assert.equal(newest.length, 3)
      assert.match(toText(newest), /line 10\n$/)
    }),
  )
}
