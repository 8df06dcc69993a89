import { TeleclaudeError } from '../errors.ts'
import type { PluginDefinition } from './plugin.ts'

/** A plugin that may be set up: its options are parsed. */
export interface AdmittedPlugin {
  readonly definition: PluginDefinition
  readonly options: unknown
}

/**
 * Orders plugins so that each comes after those whose services it uses, and otherwise as configured.
 * @throws TC_ERR_SERVICE_CYCLE naming the circle
 */
export function setupOrder(plugins: readonly AdmittedPlugin[]): readonly AdmittedPlugin[] {
  const providers = new Map(
    plugins.flatMap(plugin => (plugin.definition.provides ?? []).map(key => [key.name, plugin] as const)),
  )
  const ordered = new Set<AdmittedPlugin>()
  const visit = (plugin: AdmittedPlugin, trail: readonly AdmittedPlugin[]) => {
    if (ordered.has(plugin)) return
    if (trail.includes(plugin)) throw cycle([...trail.slice(trail.indexOf(plugin)), plugin])
    for (const key of usedServices(plugin)) {
      const provider = providers.get(key.name)
      if (provider) visit(provider, [...trail, plugin])
    }
    ordered.add(plugin)
  }
  for (const plugin of plugins) visit(plugin, [])
  return [...ordered]
}

function usedServices({ definition }: AdmittedPlugin) {
  return [...(definition.requires ?? []), ...(definition.optional ?? [])]
}

function cycle(circle: readonly AdmittedPlugin[]): TeleclaudeError {
  const names = circle.map(plugin => plugin.definition.name).join(' → ')
  return new TeleclaudeError(
    'TC_ERR_SERVICE_CYCLE',
    `plugins need each other's services in a circle: ${names}. Remove one of them from the configuration.`,
  )
}
