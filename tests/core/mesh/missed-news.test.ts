import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { createMissedNews } from '../../../core/mesh/missed-news.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'

function missing() {
  const clock = new FakeClock()
  const asked: string[] = []
  const parts = { clock, asked, failure: null as Error | null }
  const news = createMissedNews(clock, async computer => {
    asked.push(computer)
    if (parts.failure) throw parts.failure
  })
  return Object.assign(parts, { news })
}

test('whose news could not be kept is asked for it, once for all that was missed, until it can be kept', async () => {
  const parts = missing()
  parts.failure = new TeleclaudeError('TC_ERR_DISK_FULL', 'no room')
  for (let count = 0; count < 5; count++) parts.news.note('workstation')
  await parts.clock.advance(9999)
  expect(parts.asked).toEqual([])
  await parts.clock.advance(1)
  await parts.clock.advance(10_000)
  expect(parts.asked).toEqual(['workstation', 'workstation'])
  parts.failure = null
  await parts.clock.advance(60_000)
  expect(parts.asked).toHaveLength(3)
})

test('one that cannot be reached is left alone, and after the end nobody is asked', async () => {
  const parts = missing()
  parts.failure = new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'away')
  parts.news.note('workstation')
  await parts.clock.advance(60_000)
  expect(parts.asked).toEqual(['workstation'])
  parts.news.note('laptop')
  parts.news.close()
  parts.news.note('laptop')
  await parts.clock.advance(60_000)
  expect(parts.asked).toEqual(['workstation'])
  expect(parts.clock.timers).toBe(0)
})
