import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { withDeadline } from '../clock.ts'
import { findConfig } from '../config/find-config.ts'
import { errorFromWire, isTeleclaudeError, TeleclaudeError, type WireError } from '../errors.ts'
import { openStateDir } from '../state-dir.ts'
import { awaitReady, START_MS } from './await-ready.ts'
import type { Cli } from './context.ts'
import { daemonStatusIfRunning } from './daemon-status.ts'
import { mainPath } from './installation.ts'
import { heldSince, unreachableDaemon } from './lock-holder.ts'

/** What a daemon that starts in the background tells the one who started it. */
export type StartReport = { readonly ready: StartFacts } | { readonly error: WireError }

export interface StartFacts {
  readonly pid: number
  readonly computer: string
  readonly stateDir: string
  readonly config: string | null
  readonly plugins: readonly { readonly name: string; readonly health: string | null }[]
}

/** Starts a daemon with a process session of its own; settles when it is ready. @throws why it could not start */
export async function startDetached(configPath: string | null, cli: Cli): Promise<StartFacts> {
  const { path, log } = openStateDir({ env: cli.env })
  const output = openSync(log, 'a', 0o600)
  // In the root folder, so that it keeps no other busy; every path it is given is absolute.
  const config = configPath === null ? [] : ['--config', configPath]
  const child = spawn(process.execPath, [...process.execArgv, mainPath, 'start', '--report', ...config], {
    cwd: '/',
    detached: true,
    env: { ...cli.env, TELECLAUDE_STATE_DIR: path },
    stdio: ['ignore', output, output, 'ipc'],
  })
  closeSync(output)
  try {
    return await withDeadline(cli.clock, reportOf(child, log), START_MS, () => tooSlow(child, log))
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}

/** The same; null where somebody else was faster, once theirs is ready. @throws why theirs could not start */
export async function startOrJoin(configPath: string | null, cli: Cli): Promise<StartFacts | null> {
  const since = cli.clock.now()
  try {
    return await startDetached(configPath, cli)
  } catch (error) {
    if (!isTeleclaudeError(error, 'TC_ERR_ALREADY_RUNNING')) throw error
    await awaitReady({ since, otherwise: error, hasGivenUp: () => isStuck(cli) }, cli).catch(async thrown => {
      throw thrown === error ? ((await unreachableDaemon(cli)) ?? error) : thrown
    })
    return null
  }
}

/** Whether a daemon has had the state folder for longer than a start takes, and cannot be reached. */
async function isStuck(cli: Cli): Promise<boolean> {
  const since = heldSince(cli.stateDir)
  const isOld = since !== null && cli.clock.now() - since > START_MS
  return isOld && (await daemonStatusIfRunning(cli)) === null
}

/**
 * Starts the daemon unless one runs, as a service where it is installed as one; settles when one is ready. The current
 * folder's configuration is not used.
 */
export async function ensureDaemon(cli: Cli): Promise<void> {
  if ((await daemonStatusIfRunning(cli))?.ready) return
  const { startService } = await import('./service.ts')
  if (await startService(cli)) return
  const given = cli.configPath ?? cli.env.TELECLAUDE_CONFIG
  await startOrJoin(findConfig({ cwd: '/', env: cli.env, ...(given && { path: resolve(given) }) }), cli)
}

function reportOf(child: ChildProcess, log: string): Promise<StartFacts> {
  return new Promise((resolve, reject) => {
    child.once('message', message => {
      const report = message as StartReport // our own program at the other end
      if ('ready' in report) resolve(report.ready)
      else reject(errorFromWire(report.error))
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const how = signal ? `was ended by ${signal}` : `exited with code ${code}`
      reject(new TeleclaudeError('TC_ERR_INTERNAL', `the daemon ${how} while it started. Its log is ${log}`))
    })
  })
}

function tooSlow(child: ChildProcess, log: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TIMEOUT',
    `the daemon (process ${child.pid}) is not ready after ${START_MS / 1000} s. Its log is ${log}`,
  )
}
