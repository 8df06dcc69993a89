import { systemClock } from '../../../core/clock.ts'

/** How long `work` takes, in milliseconds. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = systemClock.monotonic()
  await work()
  return systemClock.monotonic() - start
}

/** The same in seconds. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  return (await timeOf(work)) / 1000
}

/** How long each of `count` calls takes, one after the other. */
export async function timesOf(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let done = 0; done < count; done++) times.push(await timeOf(work))
  return times
}

/** How often each part is called, in all `rounds * calls` times; before that `warmUp` times without counting. */
export interface Turns {
  /** Enough for compilers to settle. */
  readonly warmUp: number
  readonly rounds: number
  readonly calls: number
}

/** How long each call of each part takes. All are measured in turn, a little at a time, so that what disturbs one disturbs all. */
export async function timesInTurn<Name extends string>(
  parts: Readonly<Record<Name, () => Promise<unknown>>>,
  { warmUp, rounds, calls }: Turns,
): Promise<Record<Name, number[]>> {
  const all = Object.entries<() => Promise<unknown>>(parts)
  const times = new Map(all.map(([name]) => [name, [] as number[]]))
  for (const [, work] of all) await timesOf(warmUp, work)
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of all) times.get(name)?.push(...(await timesOf(calls, work)))
  }
  return Object.fromEntries(times) as Record<Name, number[]> // the names are those of the parts
}
