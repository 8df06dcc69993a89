import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { sleep, withDeadline } from '../clock.ts'
import { findConfig } from '../config/find-config.ts'
import { errorFromWire, isTeleclaudeError, TeleclaudeError, type WireError } from '../errors.ts'
import { openStateDir } from '../state-dir.ts'
import type { Cli } from './context.ts'
import { daemonStatusIfRunning } from './daemon-status.ts'
import { mainPath } from './installation.ts'

/** What a daemon that starts in the background tells the one who started it. */
export type StartReport = { readonly ready: StartFacts } | { readonly error: WireError }

export interface StartFacts {
  readonly pid: number
  readonly computer: string
  readonly stateDir: string
  readonly config: string | null
  readonly plugins: readonly { readonly name: string; readonly health: string | null }[]
}

/** More than all plugins may take to set up, one after the other. */
const START_MS = 60_000
const LOOK_AGAIN_MS = 50

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

/** Starts the daemon unless one runs; settles when one is ready. The current folder's configuration is not used. */
export async function ensureDaemon(cli: Cli): Promise<void> {
  if ((await daemonStatusIfRunning(cli))?.ready) return
  const given = cli.configPath ?? cli.env.TELECLAUDE_CONFIG
  const config = findConfig({ cwd: '/', env: cli.env, ...(given && { path: resolve(given) }) })
  try {
    await startDetached(config, cli)
  } catch (error) {
    // Somebody else was faster, and theirs may still be coming up.
    if (!isTeleclaudeError(error, 'TC_ERR_ALREADY_RUNNING')) throw error
    await waitUntilReady(error, cli)
  }
}

async function waitUntilReady(inTheWay: TeleclaudeError, cli: Cli): Promise<void> {
  const end = cli.clock.monotonic() + START_MS
  while (!(await daemonStatusIfRunning(cli))?.ready) {
    if (cli.signal.aborted || cli.clock.monotonic() > end) throw inTheWay
    await sleep(cli.clock, LOOK_AGAIN_MS, cli.signal)
  }
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
