import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { AdapterClient } from '../adapters/adapter.ts'
import type { Clock } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import type { OperationBus } from '../operations/bus.ts'
import { openPluginStore } from '../store/open-plugin-store.ts'
import type { Store } from '../store/store.ts'
import type { HookPoints } from './hook-points.ts'
import type { Hooks } from './hooks.ts'
import type { PluginContext, PluginDefinition } from './plugin.ts'
import type { ServiceKey } from './service.ts'
import { declaredServices, type ServiceTable } from './service-table.ts'

/** What plugins are connected to. */
export interface Surroundings {
  /** The name of this computer. */
  readonly computer: string
  /** The path of the daemon's state folder. */
  readonly stateDir: string
  readonly clock: Clock
  readonly log: Logger
  readonly hookPoints: HookPoints
  readonly client: AdapterClient
  readonly bus: OperationBus
  readonly store: Store
  readonly services: ServiceTable
  /** Whether core provides it, so that every plugin may use it. */
  isCoreService(key: ServiceKey<unknown>): boolean
}

/** Something that a plugin asked to be called later. */
export type Step = () => Promise<void> | void

/** What of a context lives and ends with the plugin. */
export interface Lifetime {
  readonly signal: AbortSignal
  readonly hooks: Hooks
  /** @throws TC_ERR_PLUGIN_SETUP once the plugin has ended */
  checkAlive(): void
  adopt(adapter: Disposable): Disposable
  onReady(fn: Step): void
  onClose(fn: Step): void
  setHealth(problem: string | null): void
}

export function createPluginContext(
  definition: PluginDefinition,
  around: Surroundings,
  life: Lifetime,
): PluginContext {
  const { name, provides = [], requires = [], optional = [] } = definition
  const among = (keys: readonly ServiceKey<unknown>[], key: ServiceKey<unknown>) =>
    keys.some(declared => declared.name === key.name)
  return {
    computer: around.computer,
    log: around.log.child({ plugin: name }),
    clock: around.clock,
    signal: life.signal,
    hooks: life.hooks,
    services: declaredServices(
      around.services,
      name,
      key => around.isCoreService(key) || among([...requires, ...optional, ...provides], key),
    ),
    client: adoptingClient(around.client, life),
    operations: around.bus,
    get stateDir() {
      const dir = join(around.stateDir, name)
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      return dir
    },
    openStore: migrations => openPluginStore(around.store, name, migrations),
    provide(key, service) {
      life.checkAlive()
      if (!among(provides, key)) throw undeclared(name, key)
      around.services.provide(key, service, `plugin '${name}'`)
    },
    onReady: life.onReady,
    onClose: life.onClose,
    setHealth: life.setHealth,
  }
}

/** The client, with adapters that are unregistered when the plugin ends. */
function adoptingClient(client: AdapterClient, life: Lifetime): AdapterClient {
  return {
    register(adapter) {
      life.checkAlive()
      return life.adopt(client.register(adapter))
    },
    get types() {
      return client.types
    },
    createChannel: (session, types) => client.createChannel(session, types),
    sendMessage: (id, text, options) => client.sendMessage(id, text, options),
    streamMessages: (id, since, signal) => client.streamMessages(id, since, signal),
    getMessages: (id, limit) => client.getMessages(id, limit),
    status: id => client.status(id),
  }
}

function undeclared(plugin: string, key: ServiceKey<unknown>): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_PLUGIN_SETUP',
    `plugin '${plugin}' provides the service '${key.name}' without saying so. Add its key to \`provides\` in definePlugin.`,
    { plugin },
  )
}
