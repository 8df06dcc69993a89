import { type Problem, problemsOf, throwProblems } from '../config/problems.ts'
import { type SecretSource, withSecrets } from '../config/secret.ts'
import { type AdmittedPlugin, setupOrder } from './order.ts'
import type { ConfiguredPlugin } from './plugin.ts'
import type { ServiceTable } from './service-table.ts'

/**
 * Checks every plugin before any is set up, and returns them in the order of setup: options, names, and services that
 * are missing, provided twice or needed in a circle.
 * @throws one TeleclaudeError that lists all problems
 */
export function admitPlugins(
  plugins: readonly ConfiguredPlugin[],
  core: Pick<ServiceTable, 'has'>,
  secrets: SecretSource,
): readonly AdmittedPlugin[] {
  const { admitted, problems } = parseOptions(plugins, secrets)
  throwProblems([...problems, ...sameNames(plugins), ...serviceProblems(plugins, core)])
  return setupOrder(admitted)
}

/** Parses the options of every plugin. */
export function parseOptions(
  plugins: readonly ConfiguredPlugin[],
  secrets: SecretSource,
): { admitted: readonly AdmittedPlugin[]; problems: readonly Problem[] } {
  const admitted: AdmittedPlugin[] = []
  const problems: Problem[] = []
  for (const { definition, options } of plugins) {
    const parsed = withSecrets(secrets, () => definition.options.safeParse(options))
    if (parsed.success) admitted.push({ definition, options: parsed.data })
    else problems.push(...problemsOf(parsed.error, `plugins.${definition.name}`))
  }
  return { admitted, problems }
}

export function sameNames(plugins: readonly ConfiguredPlugin[]): Problem[] {
  const names = plugins.map(plugin => plugin.definition.name)
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) !== at))
  return [...repeated].map(name => ({
    path: `plugins.${name}`,
    message: 'the plugin is there more than once. Keep one of them',
    code: 'TC_ERR_CONFIG_INVALID',
  }))
}

function serviceProblems(plugins: readonly ConfiguredPlugin[], core: Pick<ServiceTable, 'has'>): Problem[] {
  const problems: Problem[] = []
  const providers = new Map<string, string>()
  for (const { definition } of plugins) {
    for (const key of definition.provides ?? []) {
      const other = core.has(key) ? 'core' : providers.get(key.name)
      providers.set(key.name, `plugin '${definition.name}'`)
      if (other) problems.push(duplicate(definition.name, key.name, other))
    }
  }
  for (const { definition } of plugins) {
    for (const key of definition.requires ?? []) {
      if (!core.has(key) && !providers.has(key.name)) problems.push(missing(definition.name, key.name))
    }
  }
  return problems
}

function duplicate(plugin: string, service: string, other: string): Problem {
  return {
    path: `plugins.${plugin}`,
    message: `provides the service '${service}', which ${other} provides too. Remove one of them`,
    code: 'TC_ERR_SERVICE_DUPLICATE',
  }
}

function missing(plugin: string, service: string): Problem {
  return {
    path: `plugins.${plugin}`,
    message: `needs the service '${service}', which no plugin provides. Add one that does`,
    code: 'TC_ERR_SERVICE_MISSING',
  }
}
