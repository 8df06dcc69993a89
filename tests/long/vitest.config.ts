import { defineConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

/** The tests that take minutes: `npm run test:long`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['tests/long/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['tests/support/fetch-programs.ts', 'tests/long/package/pack.ts'],
    testTimeout: 600_000,
    // An installed program has thousands of files, which take their time to remove on a busy disk.
    hookTimeout: 300_000,
  },
})
