import { withDeadline } from '../clock.ts'
import { commandLine } from '../command-line.ts'
import type { DaemonStatus } from '../daemon-service.ts'
import { isTeleclaudeError, TeleclaudeError } from '../errors.ts'
import type { Cli } from './context.ts'

/** A daemon answers in milliseconds; one that does not within this time hangs. */
const ANSWER_MS = 5000

/** @throws TC_ERR_NOT_RUNNING, TC_ERR_TIMEOUT for a daemon that hangs */
export async function daemonStatus(cli: Cli): Promise<DaemonStatus> {
  const enough = new AbortController()
  const asked = cli.daemon.call<DaemonStatus>('daemon.status', {}, { signal: enough.signal })
  try {
    return await withDeadline(cli.clock, asked, ANSWER_MS, hangs)
  } finally {
    enough.abort()
  }
}

/** The same, and null where no daemon runs. */
export async function daemonStatusIfRunning(cli: Cli): Promise<DaemonStatus | null> {
  try {
    return await daemonStatus(cli)
  } catch (error) {
    if (isTeleclaudeError(error, 'TC_ERR_NOT_RUNNING')) return null
    throw error
  }
}

function hangs(): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TIMEOUT',
    `the daemon takes connections but did not answer within ${ANSWER_MS / 1000} s. Look at its log: ${commandLine} logs`,
  )
}
