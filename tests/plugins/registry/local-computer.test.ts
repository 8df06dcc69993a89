import { expect, test } from 'vitest'
import type { Mesh, Sessions, Transport } from '../../../core/index.ts'
import { FakeClock } from '../../../core/testing/index.ts'
import { thisComputer } from '../../../plugins/registry/local-computer.ts'

const joined: Pick<Mesh, 'hasSecret' | 'membership'> = { hasSecret: true, membership: { joined: true } }

/** What a list of the computers says of this one. */
function problemWith(mesh: typeof joined, state: Transport['state']): string | null {
  // Nothing else is asked of them.
  const sessions = { list: () => [] } as unknown as Sessions
  const parts = { name: 'alpha', sessions, terminals: undefined, mesh, clock: new FakeClock() }
  return thisComputer({ ...parts, transport: { state } }).problem
}

test('while the carrier is away, a computer that has joined says so, and what that makes of the list', () => {
  const down = { up: false, problem: 'Redis refuses connections' } as const
  expect(problemWith(joined, down)).toBe(
    'Redis refuses connections. Until it is back, who else is online is not known.',
  )
  expect(problemWith(joined, { up: true })).toBeNull()
})

test('a computer that has not joined says why, and one that is to be alone says nothing', () => {
  const membership = { joined: false, problem: 'the name is taken' } as const
  const down = { up: false, problem: 'Redis refuses connections' } as const
  expect(problemWith({ hasSecret: true, membership }, down)).toBe('the name is taken')
  expect(problemWith({ hasSecret: false, membership }, down)).toBeNull()
})
