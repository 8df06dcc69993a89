import assert from 'node:assert/strict'
import type { z } from 'zod'
import type { AdapterConformance } from './adapter-conformance.ts'
import { type Arena, assertInOrder, inArena, lines, numbersIn } from './arena.ts'

/** A far side that is away, slow, or wants to be left alone. */
export function faultTests<Options extends z.ZodType>(suite: AdapterConformance<Options>): void {
  const { test } = suite

  test(
    'while the far side is dead nobody else notices, and afterwards nothing is missing',
    inArena(suite, async arena => {
      await arena.far.die()
      await holdsUpNobody(arena)
    }),
  )

  test(
    'a far side that dies in between loses nothing',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 10))
      await arena.hasLines(session, 10)
      await arena.far.die()
      await arena.host.print(session, lines(11, 20))
      await arena.eventually(() => isRetrying(arena), 'the failure')
      await arena.far.heal()
      await arena.hasLines(session, 20)
      assertInOrder(await arena.far.received(session), 20)
    }),
  )

  test(
    'a dead far side does not keep the daemon from starting and stopping',
    inArena(suite, async arena => {
      await arena.far.die()
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 1))
      await arena.stop()
      await arena.host.start()
      await arena.far.heal()
      await arena.hasLines(session, 1)
    }),
  )

  test(
    'where the far side can stall, nobody else notices, and afterwards nothing is missing',
    inArena(suite, async (arena, runner) => {
      if (!arena.far.stall) return runner.skip('this far side cannot stall')
      await arena.far.stall()
      await holdsUpNobody(arena)
    }),
  )

  test(
    'where the far side can stall, that does not keep the daemon from stopping',
    inArena(suite, async (arena, runner) => {
      if (!arena.far.stall) return runner.skip('this far side cannot stall')
      await arena.far.stall()
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 1))
      await arena.eventually(() => arena.bystander.text(session.id) !== '', 'the other adapter')
      await arena.stop()
    }),
  )

  test(
    'where the far side asks to be left alone, it is, for as long as it asked',
    inArena(suite, async (arena, runner) => {
      if (!arena.far.limit) return runner.skip('this far side never asks to be left alone')
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 1))
      await arena.hasLines(session, 1)
      await arena.far.limit(60_000)
      await arena.host.print(session, lines(2, 2))
      await arena.eventually(() => isRetrying(arena), 'the refusal')
      await arena.far.heal()
      await arena.clock.advance(45_000)
      assert.deepEqual(numbersIn(await arena.far.received(session)), [1], 'it was asked again too early')
      await arena.hasLines(session, 2)
    }),
  )
}

async function holdsUpNobody(arena: Arena): Promise<void> {
  const session = await arena.host.startSession()
  await arena.host.print(session, lines(1, 50))
  const others = () => numbersIn(arena.bystander.text(session.id)).length === 50
  await arena.eventually(others, 'the lines at another adapter')
  assert.equal(await arena.far.received(session), '')
  await arena.far.heal()
  await arena.hasLines(session, 50)
  assertInOrder(await arena.far.received(session), 50)
}

function isRetrying({ host, adapter }: Arena): boolean {
  return host.client
    .status()
    .some(channel => channel.adapter === adapter.type && channel.state === 'retrying')
}
