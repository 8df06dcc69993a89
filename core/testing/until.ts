import { systemClock } from '../clock.ts'

/**
 * Settles with the first truthy value of `condition`, asked again every few milliseconds of real time.
 * Rejects after `deadlineMs` with what was waited for; give `what` so that a failure tells.
 *
 * @example await until(async () => (await received()).includes('done'), 'the last line')
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what = 'a condition',
  deadlineMs = 10_000,
): Promise<NonNullable<T>> {
  const end = systemClock.monotonic() + deadlineMs
  for (;;) {
    const value = await condition()
    if (value) return value
    if (systemClock.monotonic() > end) throw new Error(`${what} did not come true within ${deadlineMs} ms`)
    await new Promise<void>(resolve => systemClock.setTimeout(resolve, 5))
  }
}
