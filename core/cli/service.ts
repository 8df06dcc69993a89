import { TeleclaudeError } from '../errors.ts'
import { installedService, supervisorHere } from '../service/installed.ts'
import { type ServiceSpec, serviceSpec } from '../service/spec.ts'
import type { Supervisor } from '../service/supervisor.ts'
import { awaitReady } from './await-ready.ts'
import type { Cli } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { mainPath } from './installation.ts'

/** What the service of this installation is to be. */
export function specFor({ name }: Supervisor, configPath: string | null, cli: Cli): ServiceSpec {
  return serviceSpec(name, {
    node: process.execPath,
    nodeArguments: process.execArgv,
    program: mainPath,
    configPath,
    stateDir: cli.stateDir,
    log: cli.logPath,
    lastingFault: EXIT.lastingFault,
    env: cli.env,
  })
}

/** Starts the daemon as the service that is installed for this state folder; settles when it is ready. False where there is none. */
export async function startService(cli: Cli): Promise<boolean> {
  const service = await installedService(await supervisorHere(cli.env, cli.clock), cli.stateDir)
  if (!service) return false
  const since = cli.clock.now()
  await service.start()
  await serviceReady(service, since, cli)
  return true
}

/** @throws why the daemon did not start */
export async function serviceReady(service: Supervisor, since: number, cli: Cli): Promise<void> {
  const otherwise = new TeleclaudeError(
    'TC_ERR_SUPERVISOR',
    `${service.name} has started the service, and no daemon is ready. See why: ${service.outputCommand}, ${cli.commandLine} logs`,
  )
  const hasGivenUp = async () => (await service.state()).hasGivenUp
  await awaitReady({ since, otherwise, hasGivenUp }, cli)
}
