import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'

export interface Sweeper {
  sweep(): void
  close(): void
}

export interface SweeperOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Does a few milliseconds of work; false if there is none left. */
  step(): boolean
}

/** Days are what retention is counted in, so a minute late is early. */
const EVERY_MS = 60_000
/** While there is more to do: one step of about 5 ms in each 50, so that nobody notices. */
const PAUSE_MS = 50

/** Takes a step now and then, by the clock. */
export function createSweeper({ clock, log, step }: SweeperOptions): Sweeper {
  const later = (ms: number) => clock.setTimeout(sweep, ms, { ref: false })
  let timer = later(EVERY_MS)

  function sweep(): void {
    timer.cancel()
    timer = later(tryStep() ? PAUSE_MS : EVERY_MS)
  }
  function tryStep(): boolean {
    try {
      return step()
    } catch (error) {
      log.warn({ err: error }, 'could not delete old entries')
      return false
    }
  }
  return { sweep, close: () => timer.cancel() }
}
