import { asTeleclaudeError } from '../../core/errors.ts'
import { openStateDir } from '../../core/state-dir.ts'

// The channel to the test keeps the process alive.
process.on('disconnect', () => {})
try {
  openStateDir({ env: {}, path: process.argv[2] ?? '' }).acquireLock()
  process.send?.('held')
} catch (thrown) {
  process.send?.(asTeleclaudeError(thrown).code)
}
