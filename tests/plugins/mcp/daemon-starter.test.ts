import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createDaemonStarter } from '../../../plugins/mcp/daemon-starter.ts'

function setting() {
  const clock = new FakeClock()
  const outcomes: (() => Promise<void>)[] = []
  let tries = 0
  const start = createDaemonStarter(() => {
    tries++
    return outcomes.shift()?.() ?? Promise.reject(new TeleclaudeError('TC_ERR_STATE_DIR', 'no room'))
  }, clock)
  return { clock, start, outcomes, tries: () => tries }
}

test('all who ask at once share one start', async () => {
  const { start, outcomes, tries } = setting()
  const begun = Promise.withResolvers<void>()
  outcomes.push(() => begun.promise)
  const all = [start(), start(), start()]
  begun.resolve()
  await Promise.all(all)
  expect(tries()).toBe(1)
})

test('after a failure it says why until a pause is over, which grows to a minute', async () => {
  const { clock, start, tries } = setting()
  for (const [round, seconds] of [5, 10, 20, 40, 60, 60].entries()) {
    await expect(start()).rejects.toThrow(/^no room$/)
    await clock.advance(seconds * 1000 - 1)
    await expect(start()).rejects.toThrow(
      'no room\nThe daemon could not be started; it is tried again in 1 s',
    )
    expect(tries()).toBe(round + 1)
    await clock.advance(1)
  }
})

test('a start that worked is forgotten: the next is tried at once', async () => {
  const { clock, start, outcomes, tries } = setting()
  await expect(start()).rejects.toThrow('no room')
  await clock.advance(5_000)
  outcomes.push(
    async () => {},
    async () => {},
  )
  await start()
  await start()
  expect(tries()).toBe(3)
  await expect(start()).rejects.toThrow(/^no room$/)
})
