import assert from 'node:assert/strict'
import type { z } from 'zod'
import { type Adapter, AdapterError } from '../../adapters/adapter.ts'
import type { ConfiguredPlugin } from '../../host/plugin.ts'
import type { Session } from '../../sessions/session.ts'
import { FakeClock } from '../fake-clock.ts'
import { createMemoryAdapter } from '../memory-adapter.ts'
import { createTestHost, type TestHost } from '../test-host.ts'
import { until } from '../until.ts'
import type { AdapterConformance, FarSide, RunnerContext } from './adapter-conformance.ts'

/** Where one test of the suite takes place. */
export interface Arena extends AsyncDisposable {
  readonly host: TestHost
  readonly far: FarSide
  readonly clock: FakeClock
  readonly adapter: Adapter
  /** An adapter of every session beside the one under test. Nothing may disturb it. */
  readonly bystander: ReturnType<typeof createMemoryAdapter>
  /** Has the next batch arrive without the pump learning of it, as when the answer of the far side is lost. */
  loseNextAnswer(): void
  /** Waits for `condition`, moving time on meanwhile so that whatever is tried again is. */
  eventually(condition: () => Promise<boolean> | boolean, what: string): Promise<void>
  /** Stops the host, moving time on meanwhile so that deadlines are met. */
  stop(): Promise<void>
  /** Waits until the far side has the lines 1 to `last` of a session. */
  hasLines(session: Session, last: number): Promise<void>
}

/** How far time is moved on at each look at a condition: a hundred looks reach beyond every back-off. */
const STEP_MS = 500

/** A test that takes place in an arena of its own, which is cleared away after it. */
export function inArena<Options extends z.ZodType>(
  suite: AdapterConformance<Options>,
  test: (arena: Arena, runner: RunnerContext) => Promise<unknown>,
): (runner: RunnerContext) => Promise<void> {
  return async runner => {
    const arena = await openArena(suite)
    try {
      await test(arena, runner)
    } finally {
      await arena[Symbol.asyncDispose]()
    }
  }
}

async function openArena<Options extends z.ZodType>(suite: AdapterConformance<Options>): Promise<Arena> {
  const far = await suite.openFarSide()
  const clock = new FakeClock()
  const bystander = createMemoryAdapter('bystander')
  const watched = watchedPlugin(suite.plugin(far.options))
  try {
    const host = await createTestHost({ plugins: [watched.plugin, bystander.plugin], clock })
    return new OpenArena(host, far, clock, bystander, watched)
  } catch (error) {
    await far[Symbol.asyncDispose]()
    throw error
  }
}

class OpenArena implements Arena {
  readonly host: TestHost
  readonly far: FarSide
  readonly clock: FakeClock
  readonly bystander: ReturnType<typeof createMemoryAdapter>
  readonly #watched: WatchedPlugin

  constructor(
    host: TestHost,
    far: FarSide,
    clock: FakeClock,
    bystander: Arena['bystander'],
    watched: WatchedPlugin,
  ) {
    this.host = host
    this.far = far
    this.clock = clock
    this.bystander = bystander
    this.#watched = watched
  }

  get adapter(): Adapter {
    return this.#watched.adapter()
  }

  loseNextAnswer() {
    this.#watched.loseNextAnswer()
  }

  async eventually(condition: () => Promise<boolean> | boolean, what: string) {
    await until(async () => {
      if (await condition()) return true
      await this.clock.advance(STEP_MS)
      return false
    }, what)
  }

  async stop() {
    let isStopped = false
    const stopping = this.host.stop().finally(() => {
      isStopped = true
    })
    await this.eventually(() => isStopped, 'the end of the host')
    await stopping
  }

  async hasLines(session: Session, last: number) {
    const seen = async () => new Set(numbersIn(await this.far.received(session)))
    await this.eventually(async () => (await seen()).size >= last, `${last} lines at the far side`)
  }

  async [Symbol.asyncDispose]() {
    await this.far.heal()
    await this.stop()
    await this.host[Symbol.asyncDispose]()
    await this.far[Symbol.asyncDispose]()
  }
}

interface WatchedPlugin {
  readonly plugin: ConfiguredPlugin
  adapter(): Adapter
  loseNextAnswer(): void
}

/** The plugin as it is, but for a look at the adapter that it registers and the loss of an answer. */
function watchedPlugin({ definition, options }: ConfiguredPlugin): WatchedPlugin {
  let registered: Adapter | undefined
  let isAnswerLost = false
  const watch = (adapter: Adapter): Adapter => {
    registered = adapter
    return Object.create(adapter, {
      sendMessage: {
        value: async (...args: Parameters<Adapter['sendMessage']>) => {
          await adapter.sendMessage(...args)
          if (!isAnswerLost) return
          isAnswerLost = false
          throw new AdapterError('the answer was lost', { retryable: true })
        },
      },
    })
  }
  const plugin: ConfiguredPlugin = {
    options,
    definition: {
      ...definition,
      setup(ctx, parsed) {
        const client = Object.create(ctx.client, {
          register: { value: (adapter: Adapter) => ctx.client.register(watch(adapter)) },
        })
        return definition.setup(Object.create(ctx, { client: { value: client } }), parsed)
      },
    },
  }
  return {
    plugin,
    adapter() {
      assert(registered, `the plugin '${definition.name}' registered no adapter while it was set up`)
      return registered
    },
    loseNextAnswer() {
      isAnswerLost = true
    },
  }
}

/** The lines `line <from>` to `line <to>`, as a terminal prints them. */
export function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\r\n`).join('')
}

/** The numbers of the lines in a text, in the order in which they stand there. */
export function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(/line (\d+)\b/g), match => Number(match[1]))
}

/** Every line from 1 to `last` is there, and each came for the first time in its turn. Repeats are allowed. */
export function assertInOrder(text: string, last: number): void {
  const firsts = [...new Set(numbersIn(text))]
  assert.deepEqual(
    firsts,
    Array.from({ length: last }, (_, index) => index + 1),
    'lines are missing, or came out of order',
  )
}
