/** `all-watcher.ts <control socket> <session> …`: watches many sessions over one connection. */
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'

const [socketPath = '', ...sessions] = process.argv.slice(2)
const client = createDaemonClient({ socketPath, surface: 'bench', clock: systemClock })
const isWatched = sessions.map(session_id => {
  const { promise, resolve } = Promise.withResolvers<void>()
  // It ends with the daemon.
  client.call('session.watch', { session_id }, { onItem: () => resolve() }).catch(() => process.exit())
  return promise
})
await Promise.all(isWatched)
process.stdout.write('ready\n')
process.stdin.on('end', () => process.exit()).resume()
