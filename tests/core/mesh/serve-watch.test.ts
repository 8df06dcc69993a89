import { expect, it } from 'vitest'
import type { WireEntry } from '../../../core/journal/entry.ts'
import { serveWatch } from '../../../core/mesh/serve-watch.ts'
import type { InvokeOptions } from '../../../core/operations/operation.ts'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import { SESSION } from '../../support/open-journal.ts'
import { linesUpTo, type Owner, textOf, watchedComputers } from '../../support/watched-session.ts'

const NEVER = new AbortController().signal

interface Asked {
  readonly input?: object
  readonly maxMessageBytes?: number
  readonly subscribe?: boolean
  readonly signal?: AbortSignal
}

async function ask(
  owner: Owner,
  { input = {}, maxMessageBytes = 2 ** 20, subscribe, signal = NEVER }: Asked = {},
) {
  const parts = {
    serve: (served: unknown, options: InvokeOptions) => owner.watch(served as object, options),
    outlets: owner.outlets,
    maxMessageBytes,
  }
  const request = { input: { session_id: SESSION, ...input }, ...(subscribe !== undefined && { subscribe }) }
  const answer = await serveWatch(parts, 'alpha', request, signal)
  // Just served.
  const items = answer.items as WatchItem[]
  return { ...answer, items, entries: items.flatMap(({ entries }) => entries) }
}

/** Every page until the end. */
async function askAll(owner: Owner, asked: Asked = {}): Promise<readonly WireEntry[]> {
  const entries: WireEntry[] = []
  for (let since = '0'; ; ) {
    const page = await ask(owner, { ...asked, input: { since } })
    const bytes = Buffer.byteLength(JSON.stringify(page.items))
    expect(bytes).toBeLessThan(asked.maxMessageBytes ?? 2 ** 20)
    entries.push(...page.entries)
    if (page.end.at_end) return entries
    expect(page.end.cursor).not.toBe(since)
    since = page.end.cursor
  }
}

it('answers with a page, and never waits', async () => {
  const { owner } = watchedComputers()
  await owner.count(3)
  const page = await ask(owner, { input: { follow: true } })
  expect(textOf(page.entries)).toBe(linesUpTo(3))
  expect(page).toMatchObject({ end: { at_end: true, state: 'ready' }, stream: null })
})

it('answers with 256 KiB of output at most, and no more than was asked for', async () => {
  const { owner } = watchedComputers()
  await owner.print(...Array<string>(200).fill('x'.repeat(4096)))
  const page = await ask(owner, { subscribe: true })
  expect(textOf(page.entries).length).toBe(256 * 1024)
  expect(page).toMatchObject({ end: { at_end: false }, stream: null })
  const little = await ask(owner, { input: { max_bytes: 4096 } })
  expect(textOf(little.entries).length).toBe(4096)
  expect(textOf(await askAll(owner)).length).toBe(200 * 4096)
})

it('answers with no more than a message holds, however the output is spelled', async () => {
  const { owner } = watchedComputers()
  await owner.print(...Array<string>(100).fill('\u0001'.repeat(4096)))
  await owner.count(3000)
  const entries = await askAll(owner, { maxMessageBytes: 100_000 })
  expect(textOf(entries)).toBe('\u0001'.repeat(409_600) + linesUpTo(3000))
})

it('leaves out of an entry what no message can hold', async () => {
  const { owner } = watchedComputers()
  const text = 'x'.repeat(200_000)
  await owner.journal.append(SESSION, [
    { kind: 'input', author: 'cli:ada', length: text.length, text },
    { kind: 'notice', text, format: 'text', author: 'bob' },
  ])
  await owner.count(1)
  const entries = await askAll(owner, { maxMessageBytes: 100_000 })
  expect(entries).toMatchObject([
    { kind: 'input', author: 'cli:ada', length: 200_000, seq: 1 },
    { kind: 'gap', fromSeq: 2, toSeq: 2, seq: 2 },
    { kind: 'output', seq: 3 },
  ])
  expect(entries[0]).not.toHaveProperty('text')
})

it('of the entries before a cursor gives the newest where not all have room', async () => {
  const { owner } = watchedComputers()
  await owner.print(...Array<string>(64).fill('\u0001'.repeat(4096)), 'new')
  const since = `${owner.journal.epoch}.64`
  const page = await ask(owner, { input: { since, context: true }, maxMessageBytes: 300_000 })
  const context = page.items[0]?.context ?? []
  expect(context.at(-1)?.seq).toBe(64)
  expect(context.length).toBeGreaterThan(3)
  expect(textOf(page.entries)).toBe('new')
})

it('gives the key of the stream to who wants it, has read everything, and can expect more', async () => {
  const { owner } = watchedComputers()
  await owner.count(1)
  expect((await ask(owner)).stream).toBeNull()
  expect((await ask(owner, { subscribe: true })).stream).toMatchObject({ epoch: owner.journal.epoch })
  expect(owner.outlets.open).toBe(1)
  await owner.end()
  expect((await ask(owner, { subscribe: true })).stream).toBeNull()
})

it('refuses what the operation refuses', async () => {
  const { owner } = watchedComputers()
  await expect(ask(owner, { input: { since: 'nonsense' } })).rejects.toMatchObject({
    code: 'TC_ERR_CURSOR_INVALID',
  })
  await expect(ask(owner, { input: { max_bytes: 'many' } })).rejects.toThrow()
  await expect(ask(owner, { input: { unknown: 1 } })).rejects.toThrow()
})

it('reads nothing for a caller who has gone', async () => {
  const { owner } = watchedComputers()
  await owner.count(1)
  expect((await ask(owner, { signal: AbortSignal.abort() })).items).toEqual([])
})
