import { expect, test } from 'vitest'
import { checkLimits, limitsOf } from '../../../plugins/terminal/limits.ts'
import { terminalOptions } from '../../../plugins/terminal/options.ts'
import { commandLine } from '../../support/command-line.ts'
import { TestDaemon } from '../../support/daemon.ts'

const options = (given: object) => terminalOptions.parse(given)

test('as many sessions as allowed may run, and no more', () => {
  expect(() => checkLimits(1, options({ maxSessions: 2 }))).not.toThrow()
  expect(() => checkLimits(2, options({ maxSessions: 2 }))).toThrow(/runs 2 sessions.*maxSessions/)
})

test('a computer that is nearly out of memory starts no session, and says how much is left', () => {
  const tooMuch = options({ memoryFloorBytes: 2 ** 50 })
  expect(() => checkLimits(0, tooMuch)).toThrow(/has \d+ MiB of memory left.*memoryFloorBytes/)
  expect(() => checkLimits(0, options({ memoryFloorBytes: 0 }))).not.toThrow()
})

test('what is available is less than the computer has', () => {
  const { memoryAvailableBytes } = limitsOf(options({}))
  expect(memoryAvailableBytes).toBeGreaterThan(2 ** 20)
  expect(memoryAvailableBytes).toBeLessThan(2 ** 46)
})

test('status shows every limit, and a start below the floor is refused and leaves nothing', async () => {
  const daemon = await TestDaemon.inTest({
    plugins: [['terminal', { maxSessions: 7, idleTimeoutMs: 60_000, memoryFloorBytes: 2 ** 50 }], 'registry'],
    config: { retention: { totalBytes: 5 * 2 ** 20 } },
  })
  expect((await daemon.status()).limits).toEqual({
    max_sessions: 7,
    idle_timeout_ms: 60_000,
    memory_floor: 2 ** 50,
    memory_available: expect.any(Number),
    journal_bytes: 5 * 2 ** 20,
  })
  const shown = await inWords(daemon)
  expect(shown).toMatch(/^sessions +0 live of at most 7, 0 in all$/m)
  expect(shown).toMatch(/^idle +sessions end after 1 min without input or output$/m)
  expect(shown).toMatch(/^journal +0 entries, 0 B of at most 5\.0 MiB$/m)
  expect(shown).toMatch(/^memory .* left on this computer, sessions are started above 1024\.0 TiB$/m)
  await expect(daemon.session()).rejects.toMatchObject({ code: 'TC_ERR_LOW_MEMORY' })
  expect((await daemon.status()).sessions).toEqual({ live: 0, total: 0 })
})

test('limits that nobody set are in status too, as what they are by default', async () => {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  await daemon.send(id, 'echo x')
  const shown = await inWords(daemon)
  expect(shown).toMatch(/^sessions +1 live of at most 64, 1 in all$/m)
  expect(shown).toMatch(/^idle +sessions go on without input or output$/m)
  expect(shown).toMatch(/^journal +\d+ entries, [\d.]+ K?i?B of at most 1\.0 GiB$/m)
  expect(shown).toMatch(/, sessions are started above 128\.0 MiB$/m)
})

/** What a person sees who types `teleclaude status`. */
async function inWords({ home, env }: TestDaemon): Promise<string> {
  return (await commandLine(home).run(['status'], { env })).stdout
}
