import { expect, it } from 'vitest'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import { SESSION } from '../../support/open-journal.ts'
import { until } from '../../support/until.ts'
import { CALLER, inTime, linesUpTo, type Owner, watchedComputers } from '../../support/watched-session.ts'

it('hands on what was printed before and what is printed then, in order', async () => {
  const { owner, origin } = watchedComputers()
  await owner.count(3)
  const watched = origin.watch()
  await until(() => watched.text === linesUpTo(3), 'what was there')
  await owner.count(100)
  await until(() => watched.text === linesUpTo(103), 'what came')
  expect(watched.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 103 }, (_, i) => i + 1))
  expect(watched.items.at(-1)?.cursor).toBe(owner.journal.cursor(SESSION))
  watched.stop()
  expect(await watched.end).toEqual({
    cursor: watched.items.at(-1)?.cursor,
    at_end: true,
    running: true,
    state: 'ready',
  })
})

async function printedSession(owner: Owner) {
  await owner.count(40)
  await owner.print('x'.repeat(4096), '\u001b[31mred\u001b[0m', 'no end of line')
  await owner.journal.append(SESSION, [
    { kind: 'output', data: Buffer.from([0xff, 0xfe]) },
    { kind: 'mark', mark: { type: 'prompt', cwd: '/' } },
    { kind: 'input', author: 'cli:ada', length: 2, text: 'ls' },
    { kind: 'notice', text: 'hello', format: 'text', author: 'bob' },
  ])
  await owner.count(400)
  await owner.print(...Array.from({ length: 80 }, () => 'y'.repeat(4096)))
}

const inputs: readonly (readonly [string, (cursor: (seq: number) => string) => object])[] = [
  ['everything', () => ({})],
  ['from a cursor', cursor => ({ since: cursor(30) })],
  ['with the entries before it', cursor => ({ since: cursor(43), context: true })],
  [
    'with the entries before the end, where nothing follows',
    cursor => ({ since: cursor(527), context: true }),
  ],
  ['up to a cursor', cursor => ({ since: cursor(10), until: cursor(60) })],
  ['up to a cursor that it is past', cursor => ({ since: cursor(10), until: cursor(5) })],
  ['the newest bytes', () => ({ last_bytes: 10_000 })],
  ['none of the newest bytes', () => ({ last_bytes: 0 })],
  ['so many bytes', () => ({ max_bytes: 5000 })],
  ['more bytes than a page has', () => ({ max_bytes: 300_000 })],
  ['few of the newest bytes', () => ({ last_bytes: 40_000, max_bytes: 100 })],
]

it.each(inputs)('reads %s just as the owner itself does', async (_what, input) => {
  const { owner, origin } = watchedComputers()
  await printedSession(owner)
  const request = { session_id: SESSION, ...input(seq => `${owner.journal.epoch}.${seq}`), follow: false }
  const local: WatchItem[] = []
  const end = await owner.watch(request, { onItem: item => void local.push(item as WatchItem) })
  const watched = origin.watch(request)
  expect(await watched.end).toEqual(end)
  expect(watched.entries).toEqual(local.flatMap(({ entries }) => entries))
  expect(watched.items[0]?.context).toEqual(local[0]?.context)
  expect(watched.items.at(-1)?.cursor).toBe(local.at(-1)?.cursor)
})

it('sees an input together with what it brings, and by itself where it brings nothing', async () => {
  const { owner, origin, clock } = watchedComputers()
  const watched = origin.watch()
  await owner.count(1)
  await until(() => watched.text === linesUpTo(1), 'what is live')
  const input = { kind: 'input', author: 'cli:ada', length: 2 } as const
  const kinds = () => watched.items.map(({ entries }) => entries.map(({ kind }) => kind))
  const before = kinds().length
  await owner.journal.append(SESSION, [input])
  await owner.count(1)
  await until(() => watched.text === linesUpTo(2), 'what it brought')
  expect(kinds().slice(before)).toEqual([['input', 'output']])
  await owner.journal.append(SESSION, [input])
  await until(async () => {
    await clock.advance(10)
    return kinds().length === before + 2
  }, 'the input that brought nothing')
  expect(kinds().at(-1)).toEqual(['input'])
})

it('ends when the session has ended and everything is read', async () => {
  const { owner, origin } = watchedComputers()
  const watched = origin.watch()
  await owner.count(5)
  await until(() => watched.text === linesUpTo(5), 'the lines')
  await owner.end()
  expect(await watched.end).toMatchObject({ at_end: true, running: false, state: 'closed' })
  expect(watched.entries.at(-1)).toMatchObject({ kind: 'state', state: 'closed' })
})

it('of a session that has ended hands on what is kept, and ends', async () => {
  const { owner, origin } = watchedComputers()
  await owner.count(5)
  await owner.end()
  const watched = origin.watch()
  expect(await watched.end).toMatchObject({ at_end: true, running: false, state: 'closed' })
  expect(watched.text).toBe(linesUpTo(5))
  expect(owner.outlets.open).toBe(0)
})

it('ends at the cursor up to which it was to read, with what is printed until then', async () => {
  const { owner, origin } = watchedComputers()
  const watched = origin.watch({ until: `${owner.journal.epoch}.7` })
  await owner.count(5)
  await until(() => watched.text === linesUpTo(5), 'the first lines')
  await owner.count(5)
  const { cursor } = await watched.end
  expect(cursor).toBe(`${owner.journal.epoch}.7`)
  expect(watched.text).toBe(linesUpTo(7))
})

it('ends at once where it begins at its end, though its session is followed', async () => {
  const { owner, origin } = watchedComputers()
  await owner.count(2)
  const since = owner.journal.cursor(SESSION)
  origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  expect(await origin.watch({ since, until: since }).end).toMatchObject({ cursor: since, at_end: true })
})

it('ends once it has read as much as it was to', async () => {
  const { owner, origin } = watchedComputers()
  const watched = origin.watch({ max_bytes: 20 })
  await until(() => owner.outlets.open === 1, 'the subscription')
  await owner.count(5)
  await watched.end
  expect(watched.text).toBe(linesUpTo(3))
})

it('ends when its caller goes, at any time', async () => {
  const { owner, origin } = watchedComputers()
  await owner.count(2)
  const early = origin.watch()
  early.stop()
  expect(await early.end).toMatchObject({ at_end: true })
  const late = origin.watch({}, () => late.stop())
  expect(await late.end).toMatchObject({ cursor: `${owner.journal.epoch}.2` })
})

it('says what runs, as far as it has read', async () => {
  const { owner, origin } = watchedComputers()
  await owner.journal.append(SESSION, [{ kind: 'mark', mark: { type: 'prompt', cwd: '/' } }])
  const idle = origin.watch()
  await until(() => idle.entries.length === 1, 'the prompt')
  await owner.journal.append(SESSION, [{ kind: 'mark', mark: { type: 'start' } }])
  await until(() => idle.entries.length === 2, 'the start')
  idle.stop()
  expect(await idle.end).toMatchObject({ running: true, state: 'busy' })
})

it('throws what the first request throws, and what its handler throws', async () => {
  const { owner, origin } = watchedComputers()
  await owner.count(1)
  await expect(origin.watch({ since: 'nonsense' }).end).rejects.toMatchObject({
    code: 'TC_ERR_CURSOR_INVALID',
  })
  await expect(origin.watch({ since: `${owner.journal.epoch}.9` }).end).rejects.toMatchObject({
    code: 'TC_ERR_CURSOR_INVALID',
  })
  const failing = origin.watch({}, () => {
    throw new Error('the handler is broken')
  })
  await expect(failing.end).rejects.toThrow('the handler is broken')
  origin.link.down()
  await expect(origin.watch().end).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
})

it('needs nothing of the owner where its session is followed already', async () => {
  const { clock, owner, origin } = watchedComputers()
  await owner.count(2)
  const before = owner.journal.cursor(SESSION)
  origin.watches.prepare('beta', SESSION, CALLER)
  await until(() => owner.outlets.open === 1, 'the subscription')
  await owner.count(3)
  await clock.advance(0)
  const asked = origin.asked.length
  const watched = origin.watch({ since: before })
  await until(() => watched.text === linesUpTo(5, 3), 'the lines')
  watched.stop()
  await watched.end
  expect(origin.asked.length).toBe(asked)
})

it('begun while its session is being prepared, it waits for that', async () => {
  const { owner, origin } = watchedComputers()
  await owner.count(2)
  origin.watches.prepare('beta', SESSION, CALLER)
  const watched = origin.watch({ since: owner.journal.cursor(SESSION) })
  await owner.count(1)
  await until(() => watched.text === linesUpTo(3, 3), 'the line')
  expect(origin.asked.length).toBe(1)
})

it('asks for itself where preparing fails', async () => {
  const { owner, origin } = watchedComputers()
  owner.refusal = new Error('broken')
  origin.watches.prepare('beta', SESSION, CALLER)
  await until(() => origin.watches.open === 0, 'the feed has gone')
  owner.refusal = null
  const watched = origin.watch()
  await owner.count(1)
  await until(() => watched.text === linesUpTo(1), 'the line')
})

it('throws when this daemon ends, and its owner is told', async () => {
  const { owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  origin.watches.close()
  await expect(watched.end).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  await until(() => owner.outlets.open === 0, 'the release')
})

it('costs nothing while nothing comes but one look in a while', async () => {
  const { clock, owner, origin } = watchedComputers()
  const timers = clock.timers
  const watches = Array.from({ length: 10 }, () => origin.watch())
  await until(() => owner.outlets.open === 1, 'the subscription')
  await clock.advance(10_000)
  expect(clock.timers).toBe(timers + 1)
  const asked = origin.asked.length
  await clock.advance(10_000)
  expect(origin.asked.length - asked).toBe(2)
  for (const { stop } of watches) stop()
  await inTime(clock, () => origin.watches.open === 0, 'the end of the feed')
  expect(clock.timers).toBe(timers)
})
