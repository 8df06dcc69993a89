import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.ts'
import type { SessionId } from '../../../core/ids.ts'
import { START } from '../../../core/journal/cursor.ts'
import { createJournal, type JournalStore } from '../../../core/journal/sqlite-journal.ts'
import { createLogger } from '../../../core/log.ts'
import { openStore } from '../../../core/store/store.ts'
import { openBareTable } from '../floors/bare-sqlite.ts'
import { timeOf } from '../measure/time.ts'
import type { Figure, Row } from '../row.ts'

const ALONE = 20_000
const BATCHES = 400
const BATCH = 250
const SESSION = 'aaaabbbbcccc' as SessionId
const LINE = Buffer.from('x'.repeat(80))

export const journal: Row = {
  name: 'journal',
  summary: 'append and read rates, against bare better-sqlite3',
  async run() {
    const dir = mkdtempSync('/tmp/tc-')
    const store = openStore({
      file: join(dir, 'journal.db'),
      clock: systemClock,
      log: createLogger({ level: 'silent' }),
    })
    const own = createJournal({ store, clock: systemClock, log: createLogger({ level: 'silent' }) })
    using bare = openBareTable(join(dir, 'bare.db'))
    try {
      own.open(SESSION)
      return [
        figure(
          'appends, one by one',
          ALONE,
          await timeOf(() => appendAlone(own)),
          await timeOf(() => bare.insertAlone(ALONE, LINE)),
        ),
        figure(
          `appends, ${BATCH} at once`,
          BATCHES * BATCH,
          await timeOf(() => appendBatches(own)),
          await timeOf(() => bare.insertBatches(BATCHES, BATCH, LINE)),
        ),
        figure(
          'reads from the disk',
          readable(own),
          await timeOf(() => readAll(own)),
          await timeOf(() => bare.readAll(readable(own))),
        ),
      ]
    } finally {
      own.close()
      store.close()
      rmSync(dir, { recursive: true })
    }
  },
}

function figure(what: string, entries: number, measuredMs: number, floorMs: number): Figure {
  const perSecond = (ms: number) => (entries * 1000) / ms
  return { what, unit: '/s', floor: perSecond(floorMs), measured: perSecond(measuredMs) }
}

async function appendAlone(own: JournalStore): Promise<void> {
  for (let done = 0; done < ALONE; done++) await own.append(SESSION, [{ kind: 'output', data: LINE }])
}

async function appendBatches(own: JournalStore): Promise<void> {
  const entries = Array.from({ length: BATCH }, () => ({ kind: 'output', data: LINE }) as const)
  for (let done = 0; done < BATCHES; done++) await own.append(SESSION, entries)
}

function readable(own: JournalStore): number {
  const first = own.read(SESSION, START, { maxEntries: 1 }).entries[0]
  return own.head(SESSION) - (first?.kind === 'gap' ? first.seq : 0)
}

async function readAll(own: JournalStore): Promise<void> {
  let cursor = START
  for (;;) {
    const slice = own.read(SESSION, cursor)
    if (slice.atEnd) return
    cursor = slice.cursor
  }
}
