import { closeSync, openSync, writeSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Epoch } from '../../../core/ids.ts'
import { formatCursor, START } from '../../../core/journal/cursor.ts'
import type { Entry } from '../../../core/journal/entry.ts'
import type { Slice } from '../../../core/journal/journal.ts'
import type { JournalStore } from '../../../core/journal/sqlite-journal.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { OTHER, openJournal, output, SESSION, spelled } from '../../support/open-journal.ts'

const never = new AbortController().signal
const invalid = expect.objectContaining({ code: 'TC_ERR_CURSOR_INVALID' })
const unknown = expect.objectContaining({ code: 'TC_ERR_SESSION_NOT_FOUND' })

function readAll(journal: JournalStore, since = START): Entry[] {
  const entries: Entry[] = []
  for (let slice: Slice = journal.read(SESSION, since); ; slice = journal.read(SESSION, slice.cursor)) {
    entries.push(...slice.entries)
    if (slice.atEnd) return entries
  }
}

describe('appending', () => {
  test('numbers entries from 1, for each session apart, in the order of the calls', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    journal.open(OTHER)
    const [first, second, other] = await Promise.all([
      journal.append(SESSION, [output('a'), output('b')]),
      journal.append(SESSION, [output('c')]),
      journal.append(OTHER, [output('d')]),
    ])
    expect(spelled([...first, ...second])).toEqual(['1:a', '2:b', '3:c'])
    expect(spelled(other)).toEqual(['1:d'])
  })

  test('nothing is visible before it is committed', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    const seen: number[] = []
    journal.onCommit(() => seen.push(journal.head(SESSION)))
    let woken = false
    void journal.waitForMore(SESSION, START, never).then(() => {
      woken = true
    })
    const appended = journal.append(SESSION, [output('a')])
    expect(journal.head(SESSION)).toBe(0)
    expect(journal.cursor(SESSION)).toBe(formatCursor(journal.epoch, 0))
    expect(journal.read(SESSION, START).entries).toEqual([])
    expect([seen, woken]).toEqual([[], false])
    await appended
    expect(journal.head(SESSION)).toBe(1)
    expect([seen, woken]).toEqual([[1], true])
  })

  test('what arrives in one turn shares one transaction', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    await Promise.all(Array.from({ length: 100 }, () => journal.append(SESSION, [output('a')])))
    expect(journal.stats()).toMatchObject({ commits: 1, entries: 100, bytes: 100 })
  })

  test('is refused for an unknown session and for a closed journal', async () => {
    const { journal } = openJournal()
    await expect(journal.append(SESSION, [output('a')])).rejects.toEqual(unknown)
    journal.open(SESSION)
    journal.close()
    await expect(journal.append(SESSION, [output('a')])).rejects.toMatchObject({ code: 'TC_ERR_STORE' })
  })

  test('closing commits what waits', async () => {
    const first = openJournal()
    first.journal.open(SESSION)
    const appended = first.journal.append(SESSION, [output('a')])
    first.close()
    expect(spelled(await appended)).toEqual(['1:a'])
    const { journal } = openJournal({ file: first.file })
    expect(spelled(readAll(journal))).toEqual(['1:a'])
  })

  test('a small piece of a large buffer is kept apart from it', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    const chunk = Buffer.alloc(1000, 'x')
    await journal.append(SESSION, [{ kind: 'output', data: chunk.subarray(0, 3) }])
    chunk.fill('y')
    expect(spelled(readAll(journal))).toEqual(['1:xxx'])
  })
})

describe('reading', () => {
  test('every kind of entry comes back as it was, from memory and from the disk', async () => {
    const first = openJournal()
    first.journal.open(SESSION)
    const written = await first.journal.append(SESSION, [
      { kind: 'output', data: Buffer.from([0xff, 0, 0xc3, 0xa4]) },
      { kind: 'output', data: Buffer.from('vim'), layer: 'alternate' },
      { kind: 'input', author: 'cli:ada', length: 3, text: 'ls\n' },
      { kind: 'input', author: 'cli:ada', length: 8 },
      { kind: 'mark', mark: { type: 'start' } },
      { kind: 'mark', mark: { type: 'end', exitCode: 127, durationMs: 3, cwd: '/ä' } },
      { kind: 'state', state: 'closed', exitCode: null, signal: 'SIGHUP' },
      { kind: 'gap', bytes: 7, reason: 'overflow' },
      { kind: 'notice', text: 'hello', format: 'markdown', author: 'mcp' },
    ])
    const [clock, expected] = [first.clock.now(), written.map(entry => ({ ...entry }))]
    expect(written.map(({ seq, at }) => [seq, at])).toEqual(written.map((_, index) => [index + 1, clock]))
    expect(readAll(first.journal)).toEqual(expected)
    first.close()
    expect(readAll(openJournal({ file: first.file }).journal)).toEqual(expected)
  })

  test('goes forward within its limits, never skipping, whatever is in memory', async () => {
    const { journal } = openJournal({ tails: { perSession: 300, together: 1000 } })
    journal.open(SESSION)
    for (let n = 1; n <= 50; n++) await journal.append(SESSION, [output(`${n}`)])
    const all = Array.from({ length: 50 }, (_, index) => `${index + 1}:${index + 1}`)
    expect(spelled(readAll(journal))).toEqual(all)
    let cursor = START
    const seen: string[] = []
    do {
      const slice = journal.read(SESSION, cursor, { maxEntries: 7 })
      expect(slice.entries.length).toBeLessThanOrEqual(7)
      expect(slice.atEnd).toBe(slice.entries.at(-1)?.seq === 50)
      seen.push(...spelled(slice.entries))
      cursor = slice.cursor
    } while (cursor !== journal.cursor(SESSION))
    expect(seen).toEqual(all)
    expect(spelled(journal.read(SESSION, START, { untilSeq: 2 }).entries)).toEqual(['1:1', '2:2'])
    expect(spelled(journal.read(SESSION, formatCursor(journal.epoch, 46), { maxBytes: 5 }).entries)).toEqual([
      '47:47',
      '48:48',
    ])
    expect(spelled(journal.read(SESSION, START, { maxBytes: 0 }).entries), 'one in any case').toEqual(['1:1'])
  })

  test('at the end there is nothing, and the cursor stays', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    expect(journal.read(SESSION, START)).toEqual({ entries: [], cursor: START, atEnd: true })
    await journal.append(SESSION, [output('a')])
    const { cursor } = journal.read(SESSION, START)
    expect(cursor).toBe(journal.cursor(SESSION))
    expect(journal.read(SESSION, cursor)).toEqual({ entries: [], cursor, atEnd: true })
  })

  test('a cursor beyond the newest entry, or that is none, is refused', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    const beyond = formatCursor(journal.epoch, 1)
    expect(() => journal.read(SESSION, beyond)).toThrow(invalid)
    await expect(journal.waitForMore(SESSION, beyond, never)).rejects.toEqual(invalid)
    expect(() => journal.read(SESSION, 'nonsense' as never)).toThrow(invalid)
  })

  test('a cursor of another epoch is answered with a gap and then from the oldest entry', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    const foreign = formatCursor('aaaaaaaa' as Epoch, 9)
    const empty = journal.read(SESSION, foreign)
    expect(empty.entries).toMatchObject([{ kind: 'gap', reason: 'epoch', bytes: 0 }])
    expect(journal.read(SESSION, empty.cursor).entries).toEqual([])
    await journal.append(SESSION, [output('a')])
    expect(await journal.waitForMore(SESSION, foreign, never)).toBe(true)
    expect(journal.read(SESSION, foreign).entries).toMatchObject([
      { kind: 'gap' },
      { kind: 'output', seq: 1 },
    ])
  })
})

describe('waiting', () => {
  test('ends with the next commit of that session', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    journal.open(OTHER)
    const waiting = journal.waitForMore(SESSION, START, never)
    await journal.append(OTHER, [output('x')])
    await journal.append(SESSION, [output('a')])
    expect(await waiting).toBe(true)
    expect(await journal.waitForMore(SESSION, START, never)).toBe(true)
  })

  test('ends with false when it is aborted, when the session is removed and when the journal closes', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    journal.open(OTHER)
    const abort = new AbortController()
    const aborted = journal.waitForMore(SESSION, START, abort.signal)
    abort.abort()
    expect(await aborted).toBe(false)
    expect(await journal.waitForMore(SESSION, START, abort.signal)).toBe(false)
    const removed = journal.waitForMore(OTHER, START, never)
    journal.remove(OTHER)
    expect(await removed).toBe(false)
    const closed = journal.waitForMore(SESSION, START, never)
    journal.close()
    expect(await closed).toBe(false)
  })
})

describe('listeners', () => {
  test('one that throws is logged and disturbs nobody', async () => {
    const { log, records } = capturedLog()
    const { journal } = openJournal({ log })
    journal.open(SESSION)
    const seen: string[] = []
    journal.onCommit(() => {
      throw new Error('broken listener')
    })
    const subscription = journal.onCommit((session, entries) => seen.push(session, ...spelled(entries)))
    await Promise.all([journal.append(SESSION, [output('a')]), journal.append(SESSION, [output('b')])])
    expect(seen).toEqual([SESSION, '1:a', '2:b'])
    subscription[Symbol.dispose]()
    await journal.append(SESSION, [output('c')])
    expect(seen).toHaveLength(3)
    expect(JSON.stringify(records())).toContain('broken listener')
  })

  test('one may append; that is committed later', async () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    const echoed: Promise<unknown>[] = []
    journal.onCommit((_, [entry]) => {
      if (entry?.seq === 1) echoed.push(journal.append(SESSION, [output('echo')]))
    })
    await journal.append(SESSION, [output('a')])
    await Promise.all(echoed)
    expect(spelled(readAll(journal))).toEqual(['1:a', '2:echo'])
  })
})

describe('after a restart', () => {
  test('seqs, epoch, source and mark go on where they were', async () => {
    const first = openJournal()
    first.journal.open(SESSION)
    await first.journal.append(SESSION, [
      { kind: 'mark', mark: { type: 'start' }, source: { stream: 's1', offset: 10 } },
      { ...output('a'), source: { stream: 's1', offset: 2 ** 40 } },
      { kind: 'notice', text: 'n', format: 'text', author: 'x' },
    ])
    first.close()
    const { journal } = openJournal({ file: first.file })
    expect(journal.epoch).toBe(first.journal.epoch)
    expect(journal.lastSource(SESSION)).toEqual({ stream: 's1', offset: 2 ** 40 })
    expect(journal.lastMark(SESSION)).toMatchObject({ kind: 'mark', mark: { type: 'start' }, seq: 1 })
    expect(spelled(await journal.append(SESSION, [output('b')]))).toEqual(['4:b'])
  })

  test('a log without marks or source says so', () => {
    const { journal } = openJournal()
    journal.open(SESSION)
    expect([journal.lastSource(SESSION), journal.lastMark(SESSION)]).toEqual([null, null])
  })
})

describe('a file damaged where opening does not look', () => {
  test('is reported when it is read', async () => {
    const first = openJournal()
    first.journal.open(SESSION)
    for (let n = 0; n < 8; n++) {
      await first.journal.append(
        SESSION,
        Array.from({ length: 256 }, () => ({
          ...output('x'.repeat(4096)),
          source: { stream: 's', offset: n },
        })),
      )
    }
    first.close()
    const descriptor = openSync(first.file, 'r+')
    writeSync(descriptor, Buffer.alloc(2 ** 20, 'nonsense'), 0, 2 ** 20, 4 * 2 ** 20)
    closeSync(descriptor)
    const { journal } = openJournal({ file: first.file })
    expect(() => readAll(journal)).toThrow(expect.objectContaining({ code: 'TC_ERR_STORE_CORRUPT' }))
  })
})

describe('retention', () => {
  const kib = (text: string) => output(text.repeat(1024))

  test('a live session keeps its newest; what went is a gap with its seqs and bytes', async () => {
    const { journal } = openJournal({
      retention: { liveBytes: 20 * 1024 },
      tails: { perSession: 2048, together: 4096 },
    })
    journal.open(SESSION)
    await journal.append(SESSION, [{ kind: 'mark', mark: { type: 'start' } }])
    for (let n = 0; n < 99; n++) await journal.append(SESSION, [kib('x')])
    const entries = readAll(journal)
    const [gap, oldest] = entries
    const gone = 100 - (entries.length - 1)
    expect(entries.length).toBeLessThan(30)
    expect(entries.length).toBeGreaterThan(18)
    expect(gap).toMatchObject({
      kind: 'gap',
      reason: 'retention',
      fromSeq: 1,
      toSeq: gone,
      seq: gone,
      bytes: (gone - 1) * 1024,
    })
    expect(oldest?.seq).toBe(gone + 1)
    const half = journal.read(SESSION, formatCursor(journal.epoch, 10), { untilSeq: 20 })
    expect(half.entries).toMatchObject([{ kind: 'gap', fromSeq: 11, toSeq: 20, seq: 20 }])
    expect(half.cursor).toBe(formatCursor(journal.epoch, 20))
    expect(journal.lastMark(SESSION), 'the newest mark outlives its entry').toMatchObject({ seq: 1 })
  })

  test('what is gone is the same after a restart', async () => {
    const first = openJournal({ retention: { liveBytes: 20 * 1024 } })
    first.journal.open(SESSION)
    await first.journal.append(
      SESSION,
      Array.from({ length: 100 }, () => kib('x')),
    )
    const before = readAll(first.journal)
    first.close()
    expect(readAll(openJournal({ file: first.file }).journal)).toEqual(before)
  })

  test('a closed session goes after its time, all but its last entry, and is counted on when it lives again', async () => {
    const clock = new FakeClock()
    const { journal } = openJournal({ clock, retention: { closedMs: 3_600_000 } })
    journal.open(SESSION)
    await journal.append(
      SESSION,
      Array.from({ length: 3000 }, () => output('x')),
    )
    await clock.advance(7_200_000)
    journal.setLive(SESSION, false)
    await clock.advance(3_500_000)
    expect(journal.read(SESSION, START).entries[0]).toMatchObject({ kind: 'output', seq: 1 })
    await clock.advance(200_000)
    expect(spelled(readAll(journal))).toEqual(['gap 1-2999', '3000:x'])
    journal.setLive(SESSION, true)
    expect(spelled(await journal.append(SESSION, [output('y')]))).toEqual(['3001:y'])
  })

  test('everything together stays within its bound: the first to have ended goes first', async () => {
    const clock = new FakeClock()
    const { journal } = openJournal({ clock, retention: { totalBytes: 3 * 2 ** 20 } })
    const mib = () => Array.from({ length: 1024 }, () => kib('x'))
    for (const session of [OTHER, SESSION]) {
      journal.open(session)
      await journal.append(session, mib())
      journal.setLive(session, false)
      await clock.advance(1000)
    }
    const live = 'gggggggggggg' as typeof SESSION
    journal.open(live)
    await journal.append(live, mib())
    await journal.append(live, mib())
    await clock.advance(120_000)
    expect(journal.read(OTHER, START).entries[0]?.kind).toBe('gap')
    expect(journal.read(OTHER, START).entries).toHaveLength(2)
    expect(journal.read(live, START).entries[0]?.kind).toBe('output')
  })

  test('a removed session is unknown at once and its rows go, also over a restart', async () => {
    const first = openJournal()
    first.journal.open(SESSION)
    await first.journal.append(
      SESSION,
      Array.from({ length: 5000 }, () => output('x')),
    )
    first.journal.remove(SESSION)
    first.journal.remove(SESSION)
    expect(() => first.journal.head(SESSION)).toThrow(unknown)
    first.close()
    const clock = new FakeClock()
    const { journal, store } = openJournal({ file: first.file, clock })
    await clock.advance(120_000)
    expect(store.db.prepare('SELECT count(*) AS n FROM journal_entries').get()).toEqual({ n: 0 })
    expect(store.db.prepare('SELECT count(*) AS n FROM journal_logs').get()).toEqual({ n: 0 })
    journal.open(SESSION)
    expect(spelled(await journal.append(SESSION, [output('new')]))).toEqual(['1:new'])
  })

  test('closing leaves no timer', async () => {
    const clock = new FakeClock()
    const { journal, close } = openJournal({ clock })
    journal.open(SESSION)
    await journal.append(SESSION, [output('x')])
    close()
    expect(clock.timers).toBe(0)
  })
})
