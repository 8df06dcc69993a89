import { withDeadline } from '../clock.ts'
import { type ErrorCode, messageOf, TeleclaudeError } from '../errors.ts'
import { blame } from './blame.ts'
import type { AdmittedPlugin } from './order.ts'
import type { PluginContext } from './plugin.ts'
import { createPluginContext, type Lifetime, type Step, type Surroundings } from './plugin-context.ts'
import type { ServiceKey } from './service.ts'

/** How long a plugin may take to set up, and for each of its `onReady` and `onClose` functions. */
const STEP_MS = 10_000

/** How one plugin is doing, as shown in `status`. */
export interface PluginStatus {
  readonly name: string
  readonly summary: string
  readonly state: 'starting' | 'ready' | 'degraded' | 'failed' | 'closing' | 'closed'
  /** Why it works only in part, or not at all; null when it is well. */
  readonly health: string | null
}

/** One plugin from its setup to its close. */
export class PluginRun {
  readonly #plugin: AdmittedPlugin
  readonly #around: Surroundings
  readonly #ctx: PluginContext
  readonly #stop = new AbortController()
  readonly #onReady: Step[] = []
  readonly #onClose: Step[] = []
  readonly #adapters = new Set<Disposable>()
  readonly #endTaps: () => void
  #state: PluginStatus['state'] = 'starting'
  #health: string | null = null
  #hasEnded = false

  constructor(plugin: AdmittedPlugin, around: Surroundings) {
    const taps = around.hookPoints.forPlugin(plugin.definition.name)
    this.#plugin = plugin
    this.#around = around
    this.#endTaps = taps.end
    const life: Lifetime = {
      signal: this.#stop.signal,
      hooks: taps.hooks,
      checkAlive: () => this.#checkAlive(),
      adopt: adapter => this.#adopt(adapter),
      onReady: fn => void this.#onReady.push(fn),
      onClose: fn => this.#addOnClose(fn),
      setHealth: problem => this.#setHealth(problem),
    }
    this.#ctx = createPluginContext(plugin.definition, around, life)
  }

  /** @throws TeleclaudeError blaming the plugin */
  async setup(): Promise<void> {
    const { definition, options } = this.#plugin
    const { services, bus } = this.#around
    try {
      await this.#step(() => definition.setup(this.#ctx, options), 'failed to start', 'TC_ERR_PLUGIN_SETUP')
      for (const key of definition.provides ?? []) if (!services.has(key)) throw unprovided(key)
      for (const operation of definition.operations ?? []) bus.add(operation)
    } catch (thrown) {
      this.#state = 'failed'
      this.#health = messageOf(thrown)
      throw blame(thrown, definition.name, 'failed to start', 'TC_ERR_PLUGIN_SETUP')
    }
  }

  /** Runs `onReady` functions. One that fails degrades the plugin; never rejects. */
  async ready(): Promise<void> {
    this.#state = this.#health === null ? 'ready' : 'degraded'
    try {
      for (const fn of this.#onReady) await this.#step(fn, 'failed to get ready', 'TC_ERR_PLUGIN_SETUP')
    } catch (thrown) {
      this.#ctx.log.error({ err: thrown }, 'a plugin failed to get ready')
      this.#setHealth(messageOf(thrown))
    }
  }

  /** Tells it to take in no more work. */
  stopIntake(): void {
    if (this.#state !== 'failed') this.#state = 'closing'
    this.#stop.abort()
  }

  /** Undoes everything that it made, the newest first. Never rejects: what failed is returned. */
  async close(): Promise<readonly TeleclaudeError[]> {
    this.stopIntake()
    for (const adapter of this.#adapters) adapter[Symbol.dispose]()
    this.#adapters.clear()
    const errors: TeleclaudeError[] = []
    for (let fn = this.#onClose.pop(); fn; fn = this.#onClose.pop()) {
      const error = await this.#closeStep(fn)
      if (error) errors.push(error)
    }
    this.#endTaps()
    this.#hasEnded = true
    if (this.#state !== 'failed') this.#state = 'closed'
    return errors
  }

  status(): PluginStatus {
    const { name, summary } = this.#plugin.definition
    return { name, summary, state: this.#state, health: this.#health }
  }

  async #step(fn: Step, doing: string, code: ErrorCode): Promise<void> {
    // Started inside a promise, so that a synchronous throw is a rejection like any other.
    const work = new Promise<void>(resolve => resolve(fn()))
    try {
      await withDeadline(this.#around.clock, work, STEP_MS, () => tooSlow(code))
    } catch (thrown) {
      throw blame(thrown, this.#plugin.definition.name, doing, code)
    }
  }

  async #closeStep(fn: Step): Promise<TeleclaudeError | undefined> {
    try {
      await this.#step(fn, 'failed to close', 'TC_ERR_PLUGIN_CLOSE')
      return undefined
    } catch (thrown) {
      this.#ctx.log.error({ err: thrown }, 'a plugin failed to close')
      return thrown as TeleclaudeError // #step rejects with nothing else
    }
  }

  #addOnClose(fn: Step): void {
    // A setup that went on after its deadline acquired something: nobody comes back to release it.
    if (this.#hasEnded) void this.#closeStep(fn)
    else this.#onClose.push(fn)
  }

  #adopt(adapter: Disposable): Disposable {
    this.#adapters.add(adapter)
    return {
      [Symbol.dispose]: () => {
        if (this.#adapters.delete(adapter)) adapter[Symbol.dispose]()
      },
    }
  }

  #checkAlive(): void {
    if (!this.#hasEnded) return
    const { name: plugin } = this.#plugin.definition
    throw new TeleclaudeError('TC_ERR_PLUGIN_SETUP', `plugin '${plugin}' has ended`, { plugin })
  }

  #setHealth(problem: string | null): void {
    this.#health = problem
    if (this.#state === 'ready' && problem !== null) this.#state = 'degraded'
    if (this.#state === 'degraded' && problem === null) this.#state = 'ready'
  }
}

function tooSlow(code: ErrorCode): TeleclaudeError {
  return new TeleclaudeError(code, `it did not finish within ${STEP_MS / 1000} s`)
}

function unprovided(key: ServiceKey<unknown>): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_PLUGIN_SETUP',
    `it declares the service '${key.name}' in \`provides\` but did not provide it`,
  )
}
