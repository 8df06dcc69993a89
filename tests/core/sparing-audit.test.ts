import { expect, test } from 'vitest'
import type { AuditRecord } from '../../core/audit.ts'
import { sparingOfRepetitions } from '../../core/sparing-audit.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'

function record(change: Partial<AuditRecord> = {}): AuditRecord {
  return {
    principal: { kind: 'plugin', name: 'adapters', scopes: ['sessions:read'] },
    surface: 'adapter',
    requestId: 'r',
    operation: 'session.watch',
    session: 'aaa',
    computer: undefined,
    allowed: true,
    ...change,
  }
}

test('of what is repeated there is a line per session and minute, of all else every one', async () => {
  const clock = new FakeClock()
  const written: AuditRecord[] = []
  const audit = sparingOfRepetitions(
    one => void written.push(one),
    clock,
    ({ operation }) => operation === 'session.watch',
  )
  const sessions = Array.from({ length: 500 }, (_, index) => `s${index}`)
  const all = () => {
    for (const session of sessions) audit(record({ session }))
  }
  for (let n = 0; n < 10; n++) all()
  expect(written.map(({ session }) => session)).toEqual(sessions)
  for (let n = 0; n < 3; n++) audit(record({ operation: 'session.notify' }))
  expect(written).toHaveLength(503)
  await clock.advance(60_000)
  all()
  expect(written).toHaveLength(1003)
})
