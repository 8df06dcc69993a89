import { expect, test } from 'vitest'
import { FakeClock } from '../../../../core/testing/fake-clock.ts'
import { TelegramFault } from '../../../../plugins/telegram/api/fault.ts'
import type { FaultKind } from '../../../../plugins/telegram/api/refusals.ts'
import { untilLetIn } from '../../../../plugins/telegram/people/until-let-in.ts'

function scene(...kinds: readonly FaultKind[]) {
  const clock = new FakeClock()
  const closing = new AbortController()
  const moves: number[] = []
  let calls = 0
  // All that it needs of the plugin's parts.
  const parts = {
    ctx: { clock, signal: closing.signal },
    outgoing: {
      submitFree: (_kind: string, call: (signal: AbortSignal) => Promise<unknown>) => call(closing.signal),
    },
    group: { moved: (to: number) => void moves.push(to) },
  } as unknown as Parameters<typeof untilLetIn>[0]
  const call = async () => {
    const kind = kinds[calls++]
    if (kind) throw new TelegramFault(kind, kind, { method: 'setMyCommands', migratedTo: -100 })
    return 'done'
  }
  return { clock, closing, moves, settled: untilLetIn(parts, call), calls: () => calls }
}

test('whoever is kept out asks again every minute', async () => {
  const { clock, settled, calls } = scene('chat-gone', 'unauthorized', 'kicked')
  await clock.advance(59_999)
  expect(calls()).toBe(1)
  await clock.advance(120_001)
  expect(await settled).toBe('done')
  expect(calls()).toBe(4)
})

test('a group that has another id is asked there at once', async () => {
  const { settled, moves } = scene('migrated')
  expect(await settled).toBe('done')
  expect(moves).toEqual([-100])
})

test('anything else is said, and nothing goes on after the end', async () => {
  await expect(scene('refused').settled).rejects.toMatchObject({ kind: 'refused' })
  const { clock, closing, settled } = scene('kicked')
  await clock.advance(0)
  closing.abort()
  await expect(settled).rejects.toMatchObject({ kind: 'kicked' })
})
