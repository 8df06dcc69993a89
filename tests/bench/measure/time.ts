import { systemClock } from '../../../core/clock.ts'

/** How long `work` takes, in milliseconds. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = systemClock.monotonic()
  await work()
  return systemClock.monotonic() - start
}

/** How long each of `count` calls takes, one after the other. */
export async function timesOf(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let done = 0; done < count; done++) times.push(await timeOf(work))
  return times
}
