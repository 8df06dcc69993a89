import { existsSync } from 'node:fs'
import type { DaemonStatus } from '../daemon-service.ts'
import { isTeleclaudeError } from '../errors.ts'
import { fail, type Look, ok, warn } from '../host/finding.ts'
import { installedService, supervisorHere } from '../service/installed.ts'
import { readStartFault } from '../service/start-fault.ts'
import { VERSION } from '../version.ts'
import type { Cli } from './context.ts'
import { daemonStatusIfRunning } from './daemon-status.ts'
import { lockHolder } from './lock-holder.ts'

/** Whether a daemon runs, and is well. */
export async function checkDaemon(cli: Cli, asked: Promise<DaemonStatus | null>): Look {
  try {
    const [status, start] = [await asked, await startLine(cli)]
    return status ? judgeDaemon(status, { ...cli, start }) : absent(cli, start)
  } catch (error) {
    if (!isTeleclaudeError(error)) throw error
    return fail(`${error.message} (${error.code})`, `${cli.commandLine} logs`)
  }
}

export function askDaemon(cli: Cli): Promise<DaemonStatus | null> {
  return daemonStatusIfRunning(cli)
}

/** A daemon beside the service that is there would keep that from starting. */
async function startLine({ commandLine, env, clock, stateDir }: Cli): Promise<string> {
  const supervisor = await supervisorHere(env, clock)
  const service = await installedService(supervisor, stateDir).catch(() => null)
  return service ? `${commandLine} service install` : `${commandLine} start --detach`
}

/**
 * What keeps other computers from being reached is told by `mesh`.
 * @param how `start` is what to type to start it
 */
export function judgeDaemon(
  { ready, pid, version, plugins, mesh }: DaemonStatus,
  { commandLine, start }: Pick<Cli, 'commandLine'> & { readonly start: string },
) {
  const ill = plugins.flatMap(({ name, problem }) =>
    problem && problem !== mesh?.problem ? [`${name}: ${problem}`] : [],
  )
  const message = `${ready ? 'answers' : 'is starting'}, process ${pid}`
  if (version !== VERSION) {
    const text = [`${message}, and is of version ${version}; this program is ${VERSION}`, ...ill].join('\n')
    return warn(text, `${commandLine} stop && ${start} (sessions go on)`)
  }
  return ill.length > 0 ? warn([message, ...ill].join('\n')) : ok(message)
}

async function absent({ stateDir, socketPath }: Cli, start: string) {
  const holder = await lockHolder(stateDir)
  if (holder !== null) {
    const what = `process ${holder} holds the state folder and cannot be reached: its control socket is gone or is not answered`
    return fail(what, `kill ${holder} && ${start} (sessions go on)`)
  }
  const fault = readStartFault(stateDir)
  if (fault) {
    const { code, message } = fault.error
    const at = new Date(fault.at).toISOString()
    return fail(
      `not running: its last start, ${at}, failed: ${message} (${code})`,
      `When that is mended: ${start}`,
    )
  }
  if (!existsSync(socketPath)) return warn('not running', start)
  return warn(`not running; ${socketPath} was left behind and is replaced at the next start`, start)
}
