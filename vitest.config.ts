import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tests/support/longest-first.ts'

export default defineConfig({
  resolve: { conditions: ['teleclaude-source'] },
  ssr: { resolve: { conditions: ['teleclaude-source'] } },
  test: {
    include: ['tests/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['tests/long/**', '**/node_modules/**'],
    globalSetup: ['tests/support/fetch-programs.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // One more than the two processors that suffice: half of the time a test waits for what other processes do.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
})
