/**
 * For tests of plugins: a host to run them in, time that can be driven, and the suite that every adapter passes.
 *
 * @packageDocumentation
 */
export {
  type AdapterConformance,
  adapterConformance,
  type FarSide,
  type RunnerContext,
} from './conformance/adapter-conformance.ts'
export { FakeClock } from './fake-clock.ts'
export { createMemoryAdapter, type MemoryAdapter } from './memory-adapter.ts'
export { createTestHost, type TestHost, type TestHostOptions } from './test-host.ts'
export { until } from './until.ts'
