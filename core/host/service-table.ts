import { TeleclaudeError } from '../errors.ts'
import type { ServiceKey, Services } from './service.ts'

/** All services of a daemon, by name. Keys are equal when their names are. */
export interface ServiceTable extends Services {
  /** @throws TC_ERR_SERVICE_DUPLICATE */
  provide<T>(key: ServiceKey<T>, service: T, provider: string): void
  has(key: ServiceKey<unknown>): boolean
}

export function createServiceTable(): ServiceTable {
  const provided = new Map<string, { service: unknown; provider: string }>()
  const find = <T>(key: ServiceKey<T>) => {
    // `provide` took it under a key of the same name, which stands for one type.
    return provided.get(key.name)?.service as T | undefined
  }
  return {
    find,
    get(key) {
      const service = find(key)
      if (service !== undefined) return service
      throw new TeleclaudeError(
        'TC_ERR_SERVICE_MISSING',
        `no plugin provides the service '${key.name}'. Add one that does to \`plugins\` in the configuration.`,
      )
    },
    provide(key, service, provider) {
      const other = provided.get(key.name)?.provider
      if (other) {
        throw new TeleclaudeError(
          'TC_ERR_SERVICE_DUPLICATE',
          `${provider} provides the service '${key.name}', and so does ${other}. Remove one of them.`,
        )
      }
      provided.set(key.name, { service, provider })
    },
    has: key => provided.has(key.name),
  }
}

/** The services that one plugin may use: those it declared, and core's. */
export function declaredServices(
  services: Services,
  plugin: string,
  isDeclared: (key: ServiceKey<unknown>) => boolean,
): Services {
  const check = (key: ServiceKey<unknown>) => {
    if (isDeclared(key)) return
    throw new TeleclaudeError(
      'TC_ERR_SERVICE_MISSING',
      `plugin '${plugin}' uses the service '${key.name}' without saying so. Add its key to \`requires\` or \`optional\` in definePlugin.`,
      { plugin },
    )
  }
  return {
    get(key) {
      check(key)
      return services.get(key)
    },
    find(key) {
      check(key)
      return services.find(key)
    },
  }
}
