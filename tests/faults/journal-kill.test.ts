import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { START } from '../../core/journal/cursor.ts'
import type { Entry } from '../../core/journal/entry.ts'
import { openJournal } from '../support/open-journal.ts'
import { tempDir } from '../support/temp-dir.ts'
import { SESSION } from './journal-session.ts'

const WRITER = fileURLToPath(new URL('journal-writer.ts', import.meta.url))

test('kill -9 between append and commit: all that was acknowledged is there, once and in order', async () => {
  const file = join(tempDir(), 'teleclaude.db')
  const epochs = new Set<string>()
  let acknowledged = 0
  for (const stream of ['first', 'second', 'third']) {
    const before = acknowledged
    acknowledged = await writeUntilKilled(file, stream, before + 3000)
    const { journal, close } = openJournal({ file })
    const entries = readAll(journal)
    expect(epochs.add(journal.epoch).size).toBe(1)
    expect(journal.head(SESSION)).toBeGreaterThanOrEqual(acknowledged)
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1))
    const own = entries.flatMap(entry => (textOf(entry).startsWith(stream) ? [textOf(entry)] : []))
    expect(own).toEqual(own.map((_, index) => `${stream} ${index + 1}`))
    expect(journal.lastSource(SESSION)).toEqual({ stream, offset: own.length })
    acknowledged = journal.head(SESSION)
    close()
  }
})

/** Kills the writer once it has acknowledged `seq`; returns the newest seq that it acknowledged. */
async function writeUntilKilled(file: string, stream: string, seq: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, file, stream], { stdio: ['ignore', 'pipe', 'inherit'] })
  let newest = 0
  for await (const line of createInterface(writer.stdout)) {
    newest = Number(line)
    if (newest >= seq) writer.kill('SIGKILL')
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit')
  expect(writer.signalCode).toBe('SIGKILL')
  return newest
}

function readAll(journal: ReturnType<typeof openJournal>['journal']): Entry[] {
  const entries: Entry[] = []
  for (let slice = journal.read(SESSION, START); ; slice = journal.read(SESSION, slice.cursor)) {
    entries.push(...slice.entries)
    if (slice.atEnd) return entries
  }
}

function textOf(entry: Entry): string {
  return entry.kind === 'output' ? Buffer.from(entry.data).toString() : ''
}
