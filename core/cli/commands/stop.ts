import { existsSync } from 'node:fs'
import { sleep, withDeadline } from '../../clock.ts'
import { commandLine } from '../../command-line.ts'
import type { DaemonStatus } from '../../daemon-service.ts'
import { isTeleclaudeError, TeleclaudeError } from '../../errors.ts'
import type { Cli } from '../context.ts'
import { daemonStatus } from '../daemon-status.ts'
import { count } from '../render/amounts.ts'
import { withSpinner } from '../spinner.ts'
import type { ParsedVerb } from '../verb.ts'

/** More than all plugins may take to close, one after the other. */
const GONE_MS = 60_000
const LOOK_AGAIN_MS = 20

export const stop: ParsedVerb = {
  configure(command) {
    command
      .option('--sessions', 'end all sessions too')
      .option('--json', 'print the result as JSON')
      .addHelpText(
        'after',
        '\nReturns when the daemon is gone. Exits with 3 where none runs; with --sessions, one is started to end them.',
      )
  },
  async run({ options }, cli) {
    if (options.sessions === true) await startToEndSessions(cli)
    const { pid } = await daemonToStop(cli)
    const live_sessions = await withSpinner(cli, 'stopping', stopDaemon(pid, options.sessions === true, cli))
    if (options.json === true) await cli.print(`${JSON.stringify({ pid, live_sessions })}\n`)
    else await cli.print(`The daemon (process ${pid}) has stopped. ${stillThere(live_sessions, cli)}\n`)
    return undefined
  },
}

/** @throws TC_ERR_NOT_RUNNING, TC_ERR_ALREADY_RUNNING for one that cannot be reached */
async function daemonToStop(cli: Cli): Promise<DaemonStatus> {
  try {
    return await daemonStatus(cli)
  } catch (error) {
    if (!isTeleclaudeError(error, 'TC_ERR_NOT_RUNNING')) throw error
    const { unreachableDaemon } = await import('../lock-holder.ts')
    throw (await unreachableDaemon(cli)) ?? error
  }
}

/** What becomes of the sessions, as the last line of a daemon says it. */
export function stillThere(liveSessions: number, { commandLine }: Pick<Cli, 'commandLine'>): string {
  if (liveSessions === 0) return 'No session goes on.'
  const goes = liveSessions === 1 ? 'goes' : 'go'
  return `${count(liveSessions, 'session')} ${goes} on; end them with: ${commandLine} stop --sessions`
}

/** Sessions go on without a daemon; only one that knows them can end them. */
async function startToEndSessions(cli: Cli): Promise<void> {
  if (!existsSync(cli.stateDir)) return
  const { ensureDaemon } = await import('../detached.ts')
  await withSpinner(cli, 'starting a daemon to end the sessions', ensureDaemon(cli))
}

/** Settles when the process is gone, with how many sessions go on. @throws TC_ERR_TIMEOUT */
export function stopDaemon(pid: number, sessions: boolean, cli: Cli): Promise<number> {
  return withDeadline(cli.clock, askAndWait(pid, sessions, cli), GONE_MS, () => stillClosing(pid))
}

async function askAndWait(pid: number, sessions: boolean, { daemon, clock, signal }: Cli): Promise<number> {
  const { live_sessions } = await daemon.call<{ live_sessions: number }>(
    'daemon.stop',
    { sessions },
    { signal },
  )
  while (isAlive(pid)) {
    if (signal.aborted) throw new TeleclaudeError('TC_ERR_CANCELLED', `process ${pid} goes on closing`)
    await sleep(clock, LOOK_AGAIN_MS, signal)
  }
  return live_sessions
}

function stillClosing(pid: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TIMEOUT',
    `the daemon (process ${pid}) has not closed within ${GONE_MS / 1000} s. See why: ${commandLine} status, ${commandLine} logs`,
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
