import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { START } from '../../core/journal/cursor.ts'
import type { Entry } from '../../core/journal/entry.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { openJournal } from '../support/open-journal.ts'
import { mayMountDisk } from '../support/small-disk.ts'
import { tempDir } from '../support/temp-dir.ts'
import { SESSION } from './journal-session.ts'

interface SmallDisk {
  readonly file: string
  fill(journal: Opened): void
  makeRoom(journal: Opened): void
}
type Opened = ReturnType<typeof openJournal>

/** A real disk where this process may mount one, else the bound that SQLite itself can set to a file. */
const disk = mayMountDisk() ? mountedDisk : boundedFile

describe(`a full disk (${disk === boundedFile ? 'SQLite bound: mounting is not allowed here' : 'tmpfs'})`, () => {
  test('pauses the journal; with room again it goes on, nothing lost, nothing twice', async () => {
    const clock = new FakeClock()
    const small = disk()
    const opened = openJournal({ clock, file: small.file })
    const { journal } = opened
    journal.open(SESSION)
    await journal.append(SESSION, [line(1)])
    small.fill(opened)

    const commits: number[] = []
    journal.onCommit((_, entries) => commits.push(...entries.map(({ seq }) => seq)))
    const { appends, seqs } = appendUntilStalled(journal)
    await clock.advance(0)
    expect(journal.stalled).toContain('room')
    const head = journal.head(SESSION)
    expect(journal.read(SESSION, START, { maxEntries: 9999 }).entries.length).toBe(head)

    await clock.advance(10_000)
    expect(journal.head(SESSION), 'still full').toBe(head)
    expect(journal.stats().stalled).toBe(journal.stalled)

    small.makeRoom(opened)
    await clock.advance(1000)
    await Promise.all(appends)
    expect(journal.stalled).toBe(null)
    expect(seqs).toEqual(seqs.map((_, index) => index + 2))
    expect(commits).toEqual(seqs)
    const entries = readAll(opened)
    expect(entries.map(textOf)).toEqual(entries.map((_, index) => textOf(line(index + 1))))
    expect(entries.length).toBe(1 + appends.length)
    expect(clock.timers, 'sweeping and counting generations; no retry').toBe(2)
  })

  test('closing while it is full says what was not kept, and the rest is there', async () => {
    const clock = new FakeClock()
    const small = disk()
    const opened = openJournal({ clock, file: small.file })
    opened.journal.open(SESSION)
    small.fill(opened)
    const { appends, seqs } = appendUntilStalled(opened.journal)
    const outcomes = Promise.allSettled(appends)
    await clock.advance(0)
    opened.close()
    expect(clock.timers).toBe(0)
    expect((await outcomes).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)

    small.makeRoom(opened)
    const again = openJournal({ file: small.file })
    expect(again.journal.head(SESSION)).toBe(seqs.length)
    expect(again.journal.epoch).toBe(opened.journal.epoch)
  })
})

/** 6 MiB, more than there is room for. `seqs` fills as they are acknowledged. */
function appendUntilStalled(journal: Opened['journal']) {
  const seqs: number[] = []
  const appends = Array.from({ length: 1500 }, async (_, index) => {
    const [entry] = await journal.append(SESSION, [line(index + 2)])
    seqs.push(entry?.seq ?? 0)
  })
  return { appends, seqs }
}

function line(number: number) {
  return { kind: 'output', data: Buffer.from(`${number} `.padEnd(4096, '.')), seq: 0, at: 0 } as const
}

function readAll({ journal }: Opened): Entry[] {
  const entries: Entry[] = []
  for (let slice = journal.read(SESSION, START); ; slice = journal.read(SESSION, slice.cursor)) {
    entries.push(...slice.entries)
    if (slice.atEnd) return entries
  }
}

function textOf(entry: Entry): string {
  return entry.kind === 'output' ? Buffer.from(entry.data).toString().trimEnd() : entry.kind
}

function mount(dir: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', dir], { stdio: 'ignore' })
}

function unmount(dir: string): void {
  execFileSync('umount', [dir], { stdio: 'ignore' })
}

function mountedDisk(): SmallDisk {
  const dir = join(tempDir(), 'disk')
  mkdirSync(dir)
  mount(dir)
  onTestFinished(() => unmount(dir))
  const ballast = join(dir, 'ballast')
  return {
    file: join(dir, 'teleclaude.db'),
    fill() {
      const { bavail, bsize } = statfsSync(dir)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - 2 ** 20))
    },
    makeRoom: () => rmSync(ballast),
  }
}

function boundedFile(): SmallDisk {
  return {
    file: join(tempDir(), 'teleclaude.db'),
    fill: ({ store }) => void store.db.pragma('max_page_count = 512'),
    makeRoom({ store }) {
      if (store.db.open) store.db.pragma('max_page_count = 1000000')
    },
  }
}
