import assert from 'node:assert/strict'
import type { z } from 'zod'
import { until } from '../until.ts'
import type { AdapterConformance } from './adapter-conformance.ts'
import { type Arena, inArena, lines } from './arena.ts'

/** The test runner has timers of its own, one or two of which come and go; a leak grows with every round. */
const ROUNDS = 4

/** What must not be left behind, or given away. */
export function hygieneTests<Options extends z.ZodType>(suite: AdapterConformance<Options>): void {
  const { test } = suite

  test(
    'nothing more comes once a session and its channel are closed',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 3))
      await arena.host.exit(session)
      await arena.hasLines(session, 3)
      await arena.eventually(() => isClosed(arena), 'the end of the channel')
      const before = await arena.far.received(session)
      await arena.stop()
      await arena.host.start()
      await arena.clock.advance(120_000)
      assert.equal(await arena.far.received(session), before)
    }),
  )

  test('no handle, timer or connection is left when it has stopped', async runner => {
    const use = inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 3))
      await arena.hasLines(session, 3)
    })
    // What a process opens once and keeps is not a leak.
    await use(runner)
    const before = openResources()
    for (let round = 0; round < ROUNDS; round++) await use(runner)
    await until(() => leaked(before).length === 0, 'closing of what was opened', 5000).catch(() =>
      assert.deepEqual(leaked(before), []),
    )
  })

  test(
    'no secret of its options is ever logged',
    inArena(suite, async arena => {
      const session = await arena.host.startSession()
      await arena.host.print(session, lines(1, 3))
      await arena.hasLines(session, 3)
      await arena.far.die()
      await arena.host.print(session, lines(4, 6))
      await arena.host.exit(session)
      await arena.clock.advance(60_000)
      await arena.stop()
      assert(arena.host.logs.length > 0, 'nothing was logged, so this proves nothing')
      for (const secret of arena.far.secrets ?? []) {
        const line = arena.host.logs.find(line => line.includes(secret))
        assert.equal(line?.replaceAll(secret, '(the secret)'), undefined, 'a log line holds a secret')
      }
    }),
  )
}

function isClosed({ host, adapter }: Arena): boolean {
  const channels = host.client.status().filter(channel => channel.adapter === adapter.type)
  return channels.every(channel => channel.state === 'closed')
}

/** How many handles, requests and timers of each kind keep this process alive. */
function openResources(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** The kinds that have grown by more than the test runner's coming and going can hide or feign. */
function leaked(before: ReadonlyMap<string, number>): string[] {
  return [...openResources()]
    .filter(([kind, count]) => count - (before.get(kind) ?? 0) > ROUNDS / 2 - 1)
    .map(([kind]) => kind)
}
