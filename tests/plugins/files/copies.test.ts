import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type DaemonClient, TeleclaudeError } from '../../../core/index.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { cp } from '../../../plugins/files/copy/cp.ts'
import { type End, endOf } from '../../../plugins/files/copy/ends.ts'
import { transfer } from '../../../plugins/files/copy/transfer.ts'
import { createLongWork } from '../../../plugins/files/long-work.ts'
import { addPiece, beginArrival } from '../../../plugins/files/receiving.ts'
import { tempDir } from '../../support/temp-dir.ts'

const TRANSFER = 'a'.repeat(32)
const PART = `.${TRANSFER}.teleclaude-part`

/** Copies between places of this computer. No daemon is asked. */
async function copy(...argv: string[]): Promise<string> {
  let stdout = ''
  const io = {
    commandLine: 'teleclaude',
    signal: new AbortController().signal,
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: () => true, isTTY: false },
    connect: () => ({ close: async () => {} }),
  }
  // Of the rest nothing is used.
  await cp.run(argv, io as unknown as Parameters<typeof cp.run>[1])
  return stdout
}

const endAt = (path: string) => endOf({ computer: null, path, isFolder: false }, {} as DaemonClient)
const facts = { name: 'x', bytes: 3, mode: 0o644, version: 'v' }

test('a link is followed, on either side', async () => {
  const folder = tempDir()
  const at = (name: string) => join(folder, name)
  writeFileSync(at('a'), 'content')
  symlinkSync('a', at('link'))
  await copy(at('link'), at('b'))
  expect(readFileSync(at('b'), 'utf8')).toBe('content')
  writeFileSync(at('c'), 'new')
  await copy(at('c'), at('link'))
  expect([readFileSync(at('a'), 'utf8'), lstatSync(at('link')).isSymbolicLink()]).toEqual(['new', true])
})

test.each([['a'], ['link'], ['.']])('a file is not copied onto itself as %s', async name => {
  const folder = tempDir()
  writeFileSync(join(folder, 'a'), 'content')
  symlinkSync('a', join(folder, 'link'))
  const before = statSync(join(folder, 'a')).ino
  await expect(copy(join(folder, 'a'), join(folder, name))).rejects.toThrow(/the same file/)
  expect([readFileSync(join(folder, 'a'), 'utf8'), statSync(join(folder, 'a')).ino]).toEqual([
    'content',
    before,
  ])
})

test('pieces of a file that come here at the same time come in their order', async () => {
  const folder = tempDir()
  const content = randomBytes(200_000)
  const end = endAt(join(folder, 'a'))
  await end.begin(TRANSFER, { ...facts, bytes: content.length })
  const offsets = Array.from({ length: 200 }, (_, at) => at * 1000)
  await Promise.all(offsets.map(at => end.write(TRANSFER, at, content.subarray(at, at + 1000))))
  expect(readFileSync(join(folder, PART)).equals(content)).toBe(true)
})

test('what is written as a folder is one, or nothing is copied', async () => {
  const folder = tempDir()
  writeFileSync(join(folder, 'a'), 'content')
  await expect(copy(join(folder, 'a'), `${folder}/new/`)).rejects.toThrow(/no such folder/)
  expect(existsSync(join(folder, 'new'))).toBe(false)
})

test.each([
  ['a path through a file', 'a/b', /a part of its path is not a folder/],
  ['a file that is not there', 'none', /there is no such file/],
  ['a name that is too long', 'n'.repeat(300), /its name is too long/],
])('%s is told in words, and leaves nothing', async (_what, from, why) => {
  const folder = tempDir()
  writeFileSync(join(folder, 'a'), 'content')
  await expect(copy(join(folder, from), join(folder, 'x'))).rejects.toThrow(why)
  expect(readdirSync(folder)).toEqual(['a'])
})

test('a stranger’s files beside it are left alone, and keep nothing from coming', async () => {
  const folder = tempDir()
  const old = new Date(Date.UTC(2020, 0))
  const others = ['mine.teleclaude-part', `.${'b'.repeat(32)}.teleclaude-part`]
  mkdirSync(join(folder, others[1] ?? ''))
  writeFileSync(join(folder, others[0] ?? ''), 'x')
  for (const name of others) utimesSync(join(folder, name), old, old)
  const stale = `.${'c'.repeat(32)}.teleclaude-part`
  writeFileSync(join(folder, stale), 'x')
  utimesSync(join(folder, stale), old, old)
  writeFileSync(join(folder, 'a'), 'content')
  await copy(join(folder, 'a'), join(folder, 'b'))
  expect(readdirSync(folder).toSorted()).toEqual([...others, 'a', 'b'].toSorted())
})

test.each([
  ['a link', (to: string, at: string) => symlinkSync(to, at)],
  ['another name of a file', (to: string, at: string) => linkSync(to, at)],
])('what is received is not written through %s that stands in its place', async (_what, make) => {
  const folder = tempDir()
  const other = join(folder, 'other')
  writeFileSync(other, '')
  make(other, join(folder, PART))
  const end = endAt(join(folder, 'a'))
  await expect(end.begin(TRANSFER, facts)).rejects.toMatchObject({ code: 'TC_ERR_FILE' })
  await expect(end.write(TRANSFER, 0, Buffer.from('abc'))).rejects.toMatchObject({ code: 'TC_ERR_FILE' })
  expect(readFileSync(other, 'utf8')).toBe('')
})

test('where the answer to the end of a copy is lost, the file is not sent again', async () => {
  const folder = tempDir()
  writeFileSync(join(folder, 'a'), 'content')
  chmodSync(join(folder, 'a'), 0o640)
  const real = endAt(join(folder, 'b'))
  const calls: string[] = []
  let isLost = true
  const to: End = {
    ...real,
    async begin(...args) {
      calls.push('begin')
      return await real.begin(...args)
    },
    async finish(...args) {
      calls.push('finish')
      await real.finish(...args)
      if (isLost) {
        isLost = false
        throw new TeleclaudeError('TC_ERR_TIMEOUT', 'no answer', { retryable: true })
      }
    },
  }
  const clock = new FakeClock()
  const signal = new AbortController().signal
  const options = { name: 'n', clock, signal, onProgress() {}, onCut: () => void clock.advance(60_000) }
  await transfer({ ...options, from: endAt(join(folder, 'a')), to })
  expect(calls).toEqual(['begin', 'finish', 'finish'])
  expect(readdirSync(folder).toSorted()).toEqual(['a', 'b'])
})

test('what takes longer than an answer may is joined by whoever asks again, and told once', async () => {
  const clock = new FakeClock()
  const { ask, forget } = createLongWork(clock)
  let begun = 0
  const works: PromiseWithResolvers<string>[] = []
  const work = () => {
    begun++
    const one = Promise.withResolvers<string>()
    works.push(one)
    return one.promise
  }
  const first = ask('k', work)
  await clock.advance(15_000)
  expect(await first).toBeNull()
  const second = ask('k', work)
  works[0]?.resolve('done')
  expect([await second, begun]).toEqual([{ result: 'done' }, 1])
  // What has failed meanwhile is told too.
  const third = ask('k', work)
  await clock.advance(15_000)
  expect(await third).toBeNull()
  works[1]?.reject(new Error('no'))
  await clock.advance(1000)
  await expect(ask('k', work)).rejects.toThrow('no')
  // But not to whoever begins anew.
  void ask('k', work)
  await clock.advance(15_000)
  works[2]?.resolve('old')
  await clock.advance(1000)
  forget('k')
  void ask('k', work)
  expect(begun).toBe(4)
  // Nor for ever.
  works[3]?.resolve('x')
  await clock.advance(120_000)
  expect(clock.timers).toBe(0)
})

test('who sends more than it said does not get at the room that is to stay free', async () => {
  const folder = tempDir()
  const { bavail, bsize } = statfsSync(folder)
  const arrival = { path: join(folder, 'a'), transfer: TRANSFER, minFreeBytes: 0 }
  await beginArrival(arrival, { bytes: 0, mode: 0o600 }, new FakeClock())
  const kept = { ...arrival, minFreeBytes: 2 * bavail * bsize }
  await expect(addPiece(kept, 0, Buffer.from('abc'))).rejects.toMatchObject({ code: 'TC_ERR_DISK_FULL' })
  expect(readdirSync(folder), 'what had come makes room').toEqual([])
  await expect(beginArrival(kept, facts, new FakeClock())).rejects.toThrow(/minFreeBytes/)
  expect(readdirSync(folder)).toEqual([])
})
