import { expect, test } from 'vitest'
import { sleep } from '../../core/clock.ts'
import { openClient, recordingAdapter } from '../core/adapters/fixtures.ts'
import { output, SESSION } from '../support/open-journal.ts'
import { sampleSession } from '../support/sample-session.ts'

const LINES = 2000

test('of 16 adapters one throws, one hangs for ever and one is slow: the others miss nothing, none loses anything', async () => {
  const types = Array.from({ length: 16 }, (_, index) => `a${index}`)
  const opened = openClient({ sessions: [sampleSession({ id: SESSION, adapterTypes: types })] })
  const { client, clock, journal } = opened
  const throws = recordingAdapter('a0', { sendMessage: () => Promise.reject(new Error('far side is down')) })
  const hangs = recordingAdapter('a1', { sendMessage: () => new Promise(() => {}) })
  const slow = recordingAdapter('a2', {
    async sendMessage(_, __, signal) {
      await sleep(clock, 5000, signal)
      signal.throwIfAborted()
    },
  })
  const good = types.slice(3).map(type => recordingAdapter(type))
  for (const { adapter } of [throws, hangs, slow, ...good]) client.register(adapter)

  for (let line = 1; line <= LINES; line++) {
    await journal.append(SESSION, [output(`${line}\n`)])
    expect(journal.head(SESSION), 'no commit waits for an adapter').toBe(line)
  }
  await clock.advance(0)
  const everything = Array.from({ length: LINES }, (_, index) => index + 1)
  for (const { seqs } of good) expect(seqs).toEqual(everything)
  await clock.advance(7000)
  expect([throws.seqs, hangs.seqs]).toEqual([[], []])
  expect(slow.seqs.length).toBeGreaterThan(0)
  expect(slow.seqs.length).toBeLessThan(LINES)
  for (const { mostAtOnce } of [throws, hangs, slow, ...good]) expect(mostAtOnce).toBe(1)

  const restarting = opened.restart()
  await clock.advance(3000)
  const again = await restarting
  const next = types.map(type => recordingAdapter(type))
  for (const { adapter } of next) again.client.register(adapter)
  await again.journal.append(SESSION, [output('after\n')])
  await clock.advance(100)
  const [throwing, hanging, slowly, ...others] = next
  for (const before of [throwing, hanging]) expect(before?.seqs).toEqual([...everything, LINES + 1])
  expect(slowly?.seqs[0]).toBe((slow.seqs.at(-1) ?? 0) + 1)
  expect([...slow.seqs, ...(slowly?.seqs ?? [])]).toEqual([...everything, LINES + 1])
  for (const other of others) expect(other.seqs).toEqual([LINES + 1])
  await again.close()
  expect(clock.timers).toBe(0)
})
