import { processSource, type SecretSource } from '../config/secret.ts'
import { TeleclaudeError } from '../errors.ts'
import { admitPlugins } from './admission.ts'
import type { ConfiguredPlugin } from './plugin.ts'
import type { Surroundings } from './plugin-context.ts'
import { PluginRun, type PluginStatus } from './plugin-run.ts'
import type { ServiceKey, Services } from './service.ts'
import { createServiceTable, type ServiceTable } from './service-table.ts'

/** A service that core provides, under its key. */
export type CoreService = readonly [key: ServiceKey<unknown>, service: unknown]

export interface HostParts extends Omit<Surroundings, 'services' | 'isCoreService'> {
  readonly coreServices: readonly CoreService[]
  /** Where `secret()` options take their values from; by default the process's environment, and literals. */
  readonly secrets?: SecretSource
}

/** Runs plugins: brings them up in the order of their services, and closes them in reverse. */
export interface Host {
  /** Core's services and, as they come up, those of the plugins. */
  readonly services: Services
  /**
   * Checks all plugins, then sets each up. Any fault closes what had started, in reverse, and is thrown.
   * @throws one error listing every wrong option and service; TC_ERR_PLUGIN_SETUP; TC_ERR_CANCELLED when closed meanwhile
   */
  boot(plugins: readonly ConfiguredPlugin[]): Promise<void>
  /** Tells every plugin that the daemon is up; settles when all have taken note. */
  ready(): Promise<void>
  /** Stops intake everywhere, then closes every plugin, in reverse. Never rejects: every failure is returned. */
  close(): Promise<readonly TeleclaudeError[]>
  /** In the order of setup. */
  plugins(): readonly PluginStatus[]
}

export function createHost({ coreServices, secrets = processSource(), ...parts }: HostParts): Host {
  const services = coreTable(coreServices)
  const coreNames = new Set(coreServices.map(([key]) => key.name))
  const around: Surroundings = { ...parts, services, isCoreService: key => coreNames.has(key.name) }
  const runs: PluginRun[] = []
  let isStopping = false
  let booting: Promise<void> = Promise.resolve()
  let closing: Promise<readonly TeleclaudeError[]> | undefined

  const setUpAll = async (plugins: readonly ConfiguredPlugin[]) => {
    for (const plugin of admitPlugins(plugins, services, secrets)) {
      if (isStopping) throw stopped()
      const run = new PluginRun(plugin, around)
      runs.push(run)
      await run.setup()
    }
    if (isStopping) throw stopped()
  }
  const closeAll = async () => {
    isStopping = true
    for (const run of runs) run.stopIntake()
    // A setup that is under way is not cut off in the middle: it ends by its signal or by its deadline.
    await booting.catch(() => {})
    return await closeRuns(runs)
  }
  const close = () => (closing ??= closeAll())

  return {
    services,
    async boot(plugins) {
      booting = setUpAll(plugins)
      try {
        await booting
      } catch (fault) {
        await close()
        throw fault
      }
    },
    async ready() {
      await Promise.all(runs.map(run => run.ready()))
    },
    close,
    plugins: () => runs.map(run => run.status()),
  }
}

function coreTable(coreServices: readonly CoreService[]): ServiceTable {
  const services = createServiceTable()
  for (const [key, service] of coreServices) services.provide(key, service, 'core')
  return services
}

async function closeRuns(runs: readonly PluginRun[]): Promise<readonly TeleclaudeError[]> {
  const errors: TeleclaudeError[] = []
  for (const run of runs.toReversed()) errors.push(...(await run.close()))
  return errors
}

function stopped(): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', 'the daemon was told to stop while it was starting')
}
