import { join } from 'node:path'
import { systemClock, withDeadline } from '../clock.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import type { DaemonStatus } from '../daemon-service.ts'
import { messageOf, TeleclaudeError } from '../errors.ts'
import { parseOptions } from '../host/admission.ts'
import { type Finding, fail } from '../host/finding.ts'
import type { AdmittedPlugin } from '../host/order.ts'
import type { CheckupContext } from '../host/plugin.ts'
import type { Cli } from './context.ts'

/** How long a plugin may look, for example at a server that does not answer. */
const CHECKUP_MS = 15_000

/** What the plugins of the configuration find by themselves. */
export async function checkPlugins(
  { stateDir, commandLine }: Pick<Cli, 'stateDir' | 'commandLine'>,
  loaded: LoadedConfig | null,
  status: DaemonStatus | null,
): Promise<readonly Finding[]> {
  if (!loaded) return []
  // Wrong options are told by `config`.
  const { admitted } = parseOptions(loaded.plugins, loaded.secrets)
  const { computer, defaultShell } = loaded.config
  const facts = { computer: computer.name, defaultShell, commandLine, clock: systemClock }
  const looking = admitted.map(plugin => {
    const { name } = plugin.definition
    const health = status?.plugins.find(one => one.name === name)?.problem
    return lookAt(plugin, { ...facts, health, stateDir: join(stateDir, name) })
  })
  return (await Promise.all(looking)).flat()
}

async function lookAt(
  { definition, options }: AdmittedPlugin,
  facts: Omit<CheckupContext, 'signal'>,
): Promise<readonly Finding[]> {
  const { name } = definition
  const over = new AbortController()
  const late = () =>
    new TeleclaudeError('TC_ERR_TIMEOUT', `its checkup took longer than ${CHECKUP_MS / 1000} s`)
  try {
    const looking = definition.checkup?.(options, { ...facts, signal: over.signal })
    return (await withDeadline(systemClock, Promise.resolve(looking), CHECKUP_MS, late)) ?? []
  } catch (error) {
    return [{ name, ...fail(messageOf(error)) }]
  } finally {
    over.abort()
  }
}
