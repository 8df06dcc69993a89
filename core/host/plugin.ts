import type { Logger } from 'pino'
import type { z } from 'zod'
import type { AdapterClient } from '../adapters/adapter.ts'
import type { Clock } from '../clock.ts'
import type { OperationBus } from '../operations/bus.ts'
import type { OperationDescription } from '../operations/describe.ts'
import type { AnyOperation } from '../operations/operation.ts'
import type { PluginStore } from '../store/plugin-store.ts'
import type { Finding } from './finding.ts'
import type { Hooks } from './hooks.ts'
import type { ServiceKey, Services } from './service.ts'

/** A verb that a plugin adds to the command line. `words` follow `teleclaude`; the module is imported only when it runs. */
export interface PluginCliVerb {
  readonly words: string
  readonly summary: string
  /** What is given by place, so that Tab completes it: `session-id`, `computer`, `path` … */
  readonly positional?: readonly string[]
  /** Imports what runs it. `argv` is what followed the words; settles with the exit code. */
  load(): Promise<{ run(argv: readonly string[], io: CliContext): Promise<number> }>
}

/** What a plugin's CLI verb is given. Implemented by core/cli; declared here so that plugins can depend on it. */
export interface CliContext {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts at the first signal to end. */
  readonly signal: AbortSignal
  /** A client of this computer's daemon that connects at its first call, and again after the daemon was away. */
  connect(options: { surface: string }): DaemonClient
  /** Starts the daemon in the background unless one runs; settles when one is ready. Of many callers one starts it. */
  startDaemon(): Promise<void>
  /** The operations of core and of the configured plugins, known without a daemon. */
  operations(): Promise<readonly OperationDescription[]>
  /** How this CLI is started, for messages that tell what to type. */
  readonly commandLine: string
}

/** A client of the control socket. */
export interface DaemonClient extends AsyncDisposable {
  /** @throws TC_ERR_NOT_RUNNING, and whatever the operation throws. */
  call<T = unknown>(operation: string, input: unknown, options?: ClientCallOptions): Promise<T>
  close(): Promise<void>
}

export interface ClientCallOptions {
  readonly signal?: AbortSignal
  readonly requestId?: string
  /**
   * What the result has as bytes comes as bytes, not in base64. A daemon of a version that does not know of it refuses the
   * call; once one has answered it, what inputs have as bytes goes to it as bytes too.
   */
  readonly takesBytes?: boolean
  onItem?(item: unknown): Promise<void> | void
}

/** What a plugin is given to work with. Everything made through it ends with the plugin. */
export interface PluginContext {
  /** The name of this computer. */
  readonly computer: string
  /** Logs under the plugin's own name. */
  readonly log: Logger
  readonly clock: Clock
  /** Aborts when the plugin is to stop taking in work. */
  readonly signal: AbortSignal
  readonly hooks: Hooks
  /** The services that this plugin `requires` or has as `optional`, and core's. */
  readonly services: Services
  readonly client: AdapterClient
  readonly operations: Pick<OperationBus, 'add' | 'list' | 'call'>
  /** A folder of the plugin's own in the state folder (0700). */
  readonly stateDir: string
  /**
   * Opens the plugin's own tables in the daemon's database; begin their names with the plugin's. `migrations` are SQL
   * scripts, applied in order, each once: never change or remove one that was published, add another.
   * @throws TC_ERR_STORE_NEWER, TC_ERR_STORE, TC_ERR_DISK_FULL
   */
  openStore(migrations: readonly string[]): PluginStore
  /** Provides a service that the plugin declared in `provides`. */
  provide<T>(key: ServiceKey<T>, service: T): void
  /** Called once every plugin is set up and the control socket is open. */
  onReady(fn: () => Promise<void> | void): void
  /** Called when the daemon closes, in reverse order of registration. 10 s each. */
  onClose(fn: () => Promise<void> | void): void
  /** Tells operators that the plugin works only in part, and why; null when it is well again. Shown in `status`. */
  setHealth(problem: string | null): void
}

/** What a plugin's checkup is given. */
export interface CheckupContext {
  /** The name of this computer. */
  readonly computer: string
  /** The plugin's own folder in the state folder; there only once a daemon has run. */
  readonly stateDir: string
  /** The program of a session that names none, as configured. */
  readonly defaultShell?: string | undefined
  /** How the command line is started, for a `fix` that tells what to type. */
  readonly commandLine: string
  readonly clock: Clock
  /** What the running daemon says of the plugin: its problem, or null where it has none; undefined where none runs. */
  readonly health?: string | null | undefined
  /** Aborts when the checkup takes too long. */
  readonly signal: AbortSignal
}

/** A plugin as written by its author. */
export interface PluginDefinition<Options extends z.ZodType = z.ZodType> {
  /** As used in configurations, logs and errors. */
  readonly name: string
  /** One sentence: what it adds. */
  readonly summary: string
  /** A zod schema; strict, with defaults. What the factory takes is its input type. */
  readonly options: Options
  readonly requires?: readonly ServiceKey<unknown>[]
  readonly optional?: readonly ServiceKey<unknown>[]
  readonly provides?: readonly ServiceKey<unknown>[]
  readonly operations?: readonly AnyOperation[]
  readonly cli?: readonly PluginCliVerb[]
  /**
   * What `teleclaude doctor` says of it, with the options that the configuration has; the daemon need not run. Looks
   * only, changes nothing. What it throws is a finding too.
   */
  checkup?(options: z.output<Options>, look: CheckupContext): Promise<readonly Finding[]>
  /** Brings the plugin up; 10 s. Import what is heavy in here, not at the top of the module. */
  setup(ctx: PluginContext, options: z.output<Options>): Promise<void> | void
}

/** A plugin with the options it was given, as it stands in a configuration. */
export interface ConfiguredPlugin {
  readonly definition: PluginDefinition
  /** Not yet validated: the host does that, for all plugins at once. */
  readonly options: unknown
}

/** What {@link definePlugin} returns: call it in a configuration. */
export interface PluginFactory<Options extends z.ZodType = z.ZodType> {
  (
    ...args: undefined extends z.input<Options>
      ? [options?: z.input<Options>]
      : Record<string, never> extends z.input<Options>
        ? [options?: z.input<Options>]
        : [options: z.input<Options>]
  ): ConfiguredPlugin
  readonly definition: PluginDefinition<Options>
}

/**
 * Defines a plugin; returns the typed factory that configurations call.
 *
 * @example
 * export const clock = definePlugin({
 *   name: 'clock', summary: 'Says the time.',
 *   options: z.strictObject({ zone: z.string().default('UTC') }),
 *   setup(ctx, { zone }) { ctx.onReady(() => ctx.log.info({ zone }, 'ticking')) },
 * })
 */
export function definePlugin<Options extends z.ZodType>(
  definition: PluginDefinition<Options>,
): PluginFactory<Options> {
  const configure = (options?: unknown): ConfiguredPlugin => ({
    // The host hands `setup` only what this very schema has parsed, so the wider type is safe.
    definition: definition as unknown as PluginDefinition,
    options: options ?? {},
  })
  return Object.assign(configure, { definition }) as PluginFactory<Options>
}
