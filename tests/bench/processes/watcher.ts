/** `watcher.ts <control socket> <bytes> <session> …`: watches sessions and says when it has seen so much output of each. */
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import { entryFromWire } from '../../../core/journal/entry.ts'
import type { WatchItem } from '../../../core/operations/session-watch.ts'

const [socketPath = '', bytes = '', ...sessions] = process.argv.slice(2)
const client = createDaemonClient({ socketPath, surface: 'bench', clock: systemClock })
let seen = 0
let missing = 0

/** Until so much was printed; what a watcher that fell behind did not get is counted apart. */
async function watch(session_id: string): Promise<void> {
  const done = new AbortController()
  let passed = 0
  const onItem = (item: unknown) => {
    for (const entry of (item as WatchItem).entries.map(entryFromWire)) {
      if (entry.kind === 'output') seen += entry.data.byteLength
      if (entry.kind === 'gap') missing += entry.bytes
      passed += entry.kind === 'output' ? entry.data.byteLength : entry.kind === 'gap' ? entry.bytes : 0
    }
    if (passed >= Number(bytes)) done.abort()
  }
  await client.call('session.watch', { session_id }, { signal: done.signal, onItem }).catch(() => {})
}

const watching = sessions.map(watch)
process.stdout.write('ready\n')
await Promise.all(watching)
process.stdout.write(`seen ${seen} missing ${missing}\n`)
process.stdin.on('end', () => process.exit()).resume()
