import { expect, test } from 'vitest'
import { type ErrorCode, TeleclaudeError } from '../../../core/errors.ts'
import { createReconciling } from '../../../core/mesh/reconciling.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'

function reconciling(failure: ErrorCode | null) {
  const clock = new FakeClock()
  const parts = { clock, asked: [] as string[], failure, online: true }
  const subject = createReconciling({
    clock,
    log: capturedLog().log,
    isOnline: () => parts.online,
    async ask(computer) {
      parts.asked.push(computer)
      if (parts.failure) throw new TeleclaudeError(parts.failure, 'not now')
    },
  })
  return Object.assign(parts, { subject })
}

test.each(['TC_ERR_TIMEOUT', 'TC_ERR_DISK_FULL'] as const)(
  'a computer that answers with %s is asked again until it answers otherwise',
  async failure => {
    const parts = reconciling(failure)
    for (let count = 0; count < 3; count++) parts.subject.begin('workstation')
    await parts.clock.advance(9999)
    expect(parts.asked).toHaveLength(3)
    await parts.clock.advance(10_001)
    expect(parts.asked).toHaveLength(5)
    parts.failure = null
    await parts.clock.advance(60_000)
    expect(parts.asked).toHaveLength(6)
    expect(parts.clock.timers).toBe(0)
  },
)

test('one that refuses, or went away, is left alone until it is to be asked anew', async () => {
  const parts = reconciling('TC_ERR_FORBIDDEN')
  parts.subject.begin('workstation')
  await parts.clock.advance(60_000)
  Object.assign(parts, { failure: 'TC_ERR_TIMEOUT', online: false })
  parts.subject.begin('workstation')
  await parts.clock.advance(60_000)
  expect(parts.asked).toHaveLength(2)
})

test('after the end nobody is asked', async () => {
  const parts = reconciling('TC_ERR_TIMEOUT')
  parts.subject.begin('workstation')
  await parts.clock.advance(0)
  parts.subject.begin('laptop')
  parts.subject[Symbol.dispose]()
  await parts.clock.advance(60_000)
  expect(parts.asked).toEqual(['workstation', 'laptop'])
  expect(parts.clock.timers).toBe(0)
})
