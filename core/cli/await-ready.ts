import { sleep } from '../clock.ts'
import type { TeleclaudeError } from '../errors.ts'
import { readStartFault } from '../service/start-fault.ts'
import type { Cli } from './context.ts'
import { daemonStatusIfRunning } from './daemon-status.ts'

/** More than all plugins may take to set up, one after the other. */
export const START_MS = 60_000
const LOOK_AGAIN_MS = 50
/** To ask a service manager takes a process. */
const ASK_EVERY = 20

export interface Awaited {
  /** When the start was asked for; what failed before is of no interest. */
  readonly since: number
  /** What to say of a daemon that does not come. */
  readonly otherwise: TeleclaudeError
  /** Whether it is certain by now that none will come. */
  hasGivenUp?(): Promise<boolean>
}

/** Waits for a daemon that is not a child of this process. @throws why it failed to start, if it did */
export async function awaitReady({ since, otherwise, hasGivenUp }: Awaited, cli: Cli): Promise<void> {
  const end = cli.clock.monotonic() + START_MS
  for (let look = 1; !(await daemonStatusIfRunning(cli))?.ready; look++) {
    const isLast = look % ASK_EVERY === 0 && (await hasGivenUp?.()) === true
    // After having asked: what has ended by then has said why.
    const fault = readStartFault(cli.stateDir, since)
    if (fault) throw fault.error
    if (isLast || cli.signal.aborted || cli.clock.monotonic() > end) throw otherwise
    await sleep(cli.clock, LOOK_AGAIN_MS, cli.signal)
  }
}
