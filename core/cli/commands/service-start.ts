import { type ErrorCode, isTeleclaudeError } from '../../errors.ts'
import { recordStartFault } from '../../service/start-fault.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { reportError } from '../report-error.ts'

/** Faults that are there again at the next start, and at every one, until somebody changes something. */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  'TC_ERR_CONFIG_INVALID',
  'TC_ERR_CONFIG_LOAD',
  'TC_ERR_SECRET',
  'TC_ERR_PLUGIN_UNKNOWN',
  'TC_ERR_SERVICE_MISSING',
  'TC_ERR_SERVICE_DUPLICATE',
  'TC_ERR_SERVICE_CYCLE',
  'TC_ERR_STATE_DIR',
  'TC_ERR_STORE_CORRUPT',
  'TC_ERR_STORE_NEWER',
  'TC_ERR_ALREADY_RUNNING',
])

/** Runs the daemon for a service manager, which starts it again after every failure but those where that is of no use. */
export async function runAsService(manager: string, start: () => Promise<number>, cli: Cli): Promise<number> {
  try {
    return await start()
  } catch (error) {
    recordStartFault(cli.stateDir, error, cli.clock)
    cli.stderr.write(reportError(error, false))
    if (!isTeleclaudeError(error) || !LASTING.has(error.code)) return EXIT.error
    // launchd knows no code at which it does not start a program again, other than 0.
    return manager === 'launchd' ? EXIT.ok : EXIT.lastingFault
  }
}
