import assert from 'node:assert/strict'
import type { z } from 'zod'
import type { AdapterConformance } from './adapter-conformance.ts'
import { assertInOrder, inArena, lines, numbersIn } from './arena.ts'

/** Restarts, and batches that come twice. */
export function resumeTests<Options extends z.ZodType>(suite: AdapterConformance<Options>): void {
  const { test } = suite

  test(
    'after a restart it goes on where it was',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 10))
      await arena.hasLines(session, 10)
      await arena.stop()
      await arena.host.start()
      await arena.host.print(session, lines(11, 20))
      await arena.hasLines(session, 20)
      const numbers = numbersIn(await arena.far.received(session))
      assert.deepEqual(
        numbers,
        Array.from({ length: 20 }, (_, index) => index + 1),
      )
    }),
  )

  test(
    'what was printed while the far side was dead arrives after a restart',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 10))
      await arena.hasLines(session, 10)
      await arena.far.die()
      await arena.host.print(session, lines(11, 20))
      await arena.stop()
      await arena.far.heal()
      await arena.host.start()
      await arena.hasLines(session, 20)
      assertInOrder(await arena.far.received(session), 20)
    }),
  )

  test(
    'a batch that comes again, because the answer was lost, does no harm',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      arena.loseNextAnswer()
      await arena.host.print(session, lines(1, 5))
      await arena.hasLines(session, 5)
      await arena.host.print(session, lines(6, 10))
      await arena.hasLines(session, 10)
      assertInOrder(await arena.far.received(session), 10)
    }),
  )
}
