import type { z } from 'zod'
import type { PluginFactory } from '../../host/plugin.ts'
import type { Session } from '../../sessions/session.ts'
import { deliveryTests } from './delivery.ts'
import { faultTests } from './faults.ts'
import { hygieneTests } from './hygiene.ts'
import { lifecycleTests } from './lifecycle.ts'
import { resumeTests } from './resume.ts'
import { streamTests } from './stream.ts'

/** What a test runner hands to each test, as far as the suite uses it. */
export interface RunnerContext {
  /** Counts the test as skipped, so that what is not asked of an adapter never looks as if it had passed. */
  skip(reason: string): unknown
}

/** What the suite needs to know of an adapter. */
export interface AdapterConformance<Options extends z.ZodType = z.ZodType> {
  /** Of any test runner: `test` of vitest, of node:test … Assertions come from node:assert. */
  readonly test: (name: string, fn: (runner: RunnerContext) => Promise<void>) => unknown
  /** The plugin that registers the adapter. */
  readonly plugin: PluginFactory<Options>
  /** Makes a new, empty far side. Called once for every test. */
  openFarSide(): Promise<FarSide<z.input<Options>>>
}

/** The place that an adapter carries sessions to, in the hands of a test: a folder, a server on loopback … */
export interface FarSide<Options = unknown> extends AsyncDisposable {
  /** Options with which the plugin reaches it. */
  readonly options: Options
  /** What in the options is secret, and so must not appear in a log. */
  readonly secrets?: readonly string[]
  /** All text that it has of a session, oldest first; '' if it has none. */
  received(session: Session): Promise<string>
  /** Cuts it off: whatever the adapter asks of it fails. */
  die(): Promise<void> | void
  /** Everything is well again. */
  heal(): Promise<void> | void
  /** Makes whatever the adapter asks of it take for ever; only where that can happen. */
  stall?(): Promise<void> | void
  /** Refuses what comes next, asking to be left alone for so long; only where that can happen. */
  limit?(retryAfterMs: number): Promise<void> | void
}

/**
 * Registers the tests that every adapter must pass, whatever its far side is. What an adapter does not claim in its
 * `supports`, or its far side cannot do, is skipped, and the runner says so.
 *
 * @example
 * adapterConformance({ test, plugin: fileAdapter, openFarSide: async () => openFolder() })
 */
export function adapterConformance<Options extends z.ZodType>(suite: AdapterConformance<Options>): void {
  lifecycleTests(suite)
  deliveryTests(suite)
  streamTests(suite)
  faultTests(suite)
  resumeTests(suite)
  hygieneTests(suite)
}
