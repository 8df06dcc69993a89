/** `watcher.ts <control socket> <session> <bytes>`: watches a session and says when it has seen so much output. */
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import { entryFromWire } from '../../../core/journal/entry.ts'
import type { WatchItem } from '../../../core/operations/session-watch.ts'

const [socketPath = '', session_id = '', bytes = ''] = process.argv.slice(2)
const client = createDaemonClient({ socketPath, surface: 'bench', clock: systemClock })
const done = new AbortController()
let seen = 0
const watching = client.call(
  'session.watch',
  { session_id },
  {
    signal: done.signal,
    onItem(item) {
      for (const wire of (item as WatchItem).entries) {
        const entry = entryFromWire(wire)
        if (entry.kind === 'output') seen += entry.data.byteLength
      }
      if (seen >= Number(bytes)) done.abort()
    },
  },
)
process.stdout.write('ready\n')
await watching.catch(() => {})
process.stdout.write(`seen ${seen}\n`)
process.stdin.on('end', () => process.exit()).resume()
