import { expect, test } from 'vitest'
import { createRemoteEntries, type RemoteEntriesParts } from '../../../core/adapters/remote-entries.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import { START } from '../../../core/journal/cursor.ts'
import type { WatchEnd } from '../../../core/operations/follow.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { output, SESSION, spelled } from '../../support/open-journal.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { type ScriptedCore, scriptedCore } from '../../support/scripted-core.ts'
import { until } from '../../support/until.ts'
import { openClient } from './fixtures.ts'

const never = new AbortController().signal
const notify: RemoteEntriesParts['notify'] = async () => ({ cursor: '0' })

/** Reads a session of another core, as if that was on another computer. */
function entriesOf(there: ScriptedCore, session: Session) {
  const watches: { signal: AbortSignal | undefined; over: boolean }[] = []
  const watch: RemoteEntriesParts['watch'] = async (input, options) => {
    const record = { signal: options.signal, over: false }
    watches.push(record)
    try {
      return await there.call('session.watch', input, options)
    } finally {
      record.over = true
    }
  }
  return {
    remote: createRemoteEntries({ find: id => (id === session.id ? session : undefined), watch, notify }),
    watches,
  }
}

async function collected(entries: AsyncIterable<Parameters<typeof spelled>[0][number]>): Promise<string[]> {
  const all = []
  for await (const entry of entries) all.push(entry)
  return spelled(all).filter(text => /:/.test(text))
}

test('a session elsewhere is streamed to its end, past and live', async () => {
  const there = scriptedCore()
  const session = await there.start()
  const { remote } = entriesOf(there, session)
  await there.print(session, 'past')
  const streaming = collected(remote.watch(session, START, never))
  await there.print(session, 'live')
  await there.exit(session, 0)
  expect((await streaming).map(text => text.replace(/^\d+:/, ''))).toEqual(['past', 'live'])
})

test('a reader that leaves, or is told to, ends the watch', async () => {
  const there = scriptedCore()
  const session = await there.start()
  const { remote, watches } = entriesOf(there, session)
  await there.print(session, 'one', 'two')
  for await (const _entry of remote.watch(session, START, never)) break
  const told = new AbortController()
  const waiting = collected(remote.watch(session, START, told.signal))
  await there.clock.advance(0)
  told.abort()
  expect(await waiting).toHaveLength(2)
  await there.clock.advance(0)
  expect(watches).toEqual([expect.objectContaining({ over: true }), expect.objectContaining({ over: true })])
  expect(await collected(remote.watch(session, START, told.signal))).toEqual([])
  expect(watches).toHaveLength(2)
})

test('no more is read than one item ahead of a slow reader, and nothing once it has left', async () => {
  const there = scriptedCore()
  const session = await there.start()
  let items = 0
  let isOver = false
  const remote = createRemoteEntries({
    find: () => session,
    notify,
    async watch(input, options) {
      const onItem = (item: unknown) => {
        items++
        return options.onItem?.(item)
      }
      const end = await there.call<WatchEnd>('session.watch', input, { ...options, onItem })
      isOver = true
      return end
    },
  })
  for (let count = 0; count < 100; count++) await there.print(session, 'x'.repeat(4096))
  const reader = remote.watch(session, START, never)[Symbol.asyncIterator]()
  await reader.next()
  await there.clock.advance(0)
  expect(items).toBe(2)
  await reader.return?.(undefined)
  await until(() => isOver)
  expect(items).toBe(2)
})

test('a watch that fails fails its reader', async () => {
  const session = sampleSession()
  const remote = createRemoteEntries({
    find: () => session,
    notify,
    watch: async () => {
      throw new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'beta is offline')
    },
  })
  const reading = collected(remote.watch(session, START, never))
  await expect(reading).rejects.toMatchObject({ code: 'TC_ERR_COMPUTER_OFFLINE' })
})

test('the newest entries are exactly as many as were asked for, oldest first', async () => {
  const there = scriptedCore()
  const session = await there.start()
  const { remote } = entriesOf(there, session)
  for (let count = 1; count <= 20; count++) await there.print(session, `${count}`)
  const newest = await remote.newest(session, 3)
  expect(spelled(newest).map(text => text.replace(/^\d+:/, ''))).toEqual(['18', '19', '20'])
  expect(await remote.newest(session, 0)).toEqual([])
  expect(await remote.newest(session, 10_000)).toHaveLength(there.journal.head(session.id))
})

test('the adapter client reads what runs here from its journal, and the rest from where it runs', async () => {
  const there = scriptedCore()
  const elsewhere = await there.start()
  await there.print(elsewhere, 'over there')
  await there.exit(elsewhere, 0)
  const { remote } = entriesOf(there, elsewhere)
  const { client, journal } = openClient({
    sessions: [sampleSession({ id: SESSION, state: 'closed' })],
    remote,
  })
  await journal.append(SESSION, [output('here')])
  expect(await collected(client.streamMessages(SESSION, START, never))).toEqual(['1:here'])
  expect(spelled(await client.getMessages(SESSION, 5))).toEqual(['1:here'])
  const streamed = await collected(client.streamMessages(elsewhere.id, START, never))
  expect(streamed.map(text => text.replace(/^\d+:/, ''))).toEqual(['over there'])
  expect(await client.getMessages(elsewhere.id, 2)).toHaveLength(2)
  await expect(client.getMessages('zzzzzzzzzzzz', 2)).rejects.toMatchObject({
    code: 'TC_ERR_SESSION_NOT_FOUND',
  })
})
