// Appends to a journal without end, and prints each seq once it is acknowledged. Ended by being killed.

import { systemClock } from '../../core/clock.ts'
import { createJournal } from '../../core/journal/sqlite-journal.ts'
import { createLogger } from '../../core/log.ts'
import { openStore } from '../../core/store/store.ts'
import { SESSION } from './journal-session.ts'

const [file, stream] = process.argv.slice(2)
if (!file || !stream) throw new Error('usage: journal-writer <database> <stream>')
const log = createLogger({ level: 'error' })
const store = openStore({ file, clock: systemClock, log })
const journal = createJournal({ store, clock: systemClock, log })
journal.open(SESSION)

for (let offset = 1; ; offset++) {
  const data = Buffer.from(`${stream} ${offset}`)
  const appended = journal.append(SESSION, [{ kind: 'output', data, source: { stream, offset } }])
  const acknowledge = () => appended.then(entries => process.stdout.write(`${entries[0]?.seq}\n`))
  // Some wait for their commit, some share one: a kill finds the journal in every state.
  if (offset % 3 === 0) await acknowledge()
  else void acknowledge()
  // Lets the pipe be written: it is what the reader may rely on.
  if (offset % 50 === 0) await new Promise<void>(resolve => setImmediate(resolve))
}
