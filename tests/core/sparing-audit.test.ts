import { expect, test } from 'vitest'
import type { AuditRecord } from '../../core/audit.ts'
import { createOnceAudit } from '../../core/sparing-audit.ts'
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

function scene() {
  const clock = new FakeClock()
  const written: AuditRecord[] = []
  return { clock, written, once: createOnceAudit(one => void written.push(one), clock) }
}

test('what is asked over and over has a line when it begins, and when it begins again', async () => {
  const { clock, written, once } = scene()
  for (let n = 0; n < 100; n++) {
    once(record(), 'x')
    await clock.advance(59_000)
  }
  expect(written).toHaveLength(1)
  await clock.advance(60_000)
  once(record(), 'x')
  expect(written).toHaveLength(2)
})

test('each session, operation, part, computer and asker has its own', () => {
  const { written, once } = scene()
  const others: Partial<AuditRecord>[] = [
    {},
    { session: 'bbb' },
    { operation: 'session.read' },
    { computer: 'workstation' },
    { principal: { kind: 'peer', computer: 'macbook', scopes: '*' } },
  ]
  for (let n = 0; n < 2; n++) for (const other of others) once(record(other), 'x')
  once(record(), 'y')
  expect(written).toHaveLength(others.length + 1)
})

test('of many sessions that are watched at once none has a second line', () => {
  const { written, once } = scene()
  for (let n = 0; n < 3; n++)
    for (let session = 0; session < 5000; session++) once(record({ session: `s${session}` }), '')
  expect(written).toHaveLength(5000)
})
