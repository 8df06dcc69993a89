import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import type { SessionId } from '../../core/ids.ts'
import type { Entry } from '../../core/journal/entry.ts'
import { createJournal, type JournalOptions, type JournalStore } from '../../core/journal/sqlite-journal.ts'
import { openStore, type Store } from '../../core/store/store.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { capturedLog } from './captured-log.ts'
import { tempDir } from './temp-dir.ts'

export const SESSION = 'aaaabbbbcccc' as SessionId
export const OTHER = 'ddddeeeeffff' as SessionId

/** A journal in a database file, closed when the test ends. `close` may be called before, to open the file again. */
export function openJournal(options: Partial<Omit<JournalOptions, 'store'>> & { file?: string } = {}) {
  const file = options.file ?? join(tempDir(), 'teleclaude.db')
  const clock: Clock = options.clock ?? new FakeClock()
  const log = options.log ?? capturedLog().log
  const store: Store = openStore({ file, clock, log })
  const journal: JournalStore = createJournal({ ...options, store, clock, log })
  const close = () => {
    journal.close()
    store.close()
  }
  onTestFinished(close)
  return { file, clock, log, store, journal, close }
}

/** Output that says `text`. */
export function output(text: string) {
  return { kind: 'output', data: Buffer.from(text) } as const
}

/** What entries say, one string each: `1:hello`, `gap 1-3`, `notice`. */
export function spelled(entries: readonly Entry[]): string[] {
  return entries.map(entry => {
    if (entry.kind === 'output') return `${entry.seq}:${Buffer.from(entry.data).toString()}`
    return entry.kind === 'gap' ? `gap ${entry.fromSeq}-${entry.toSeq}` : entry.kind
  })
}
