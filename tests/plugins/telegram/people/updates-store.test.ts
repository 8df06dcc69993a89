import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openPluginStore } from '../../../../core/store/open-plugin-store.ts'
import { openStore } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/fake-clock.ts'
import type { Heard } from '../../../../plugins/telegram/people/heard.ts'
import { createUpdatesStore, UPDATE_TABLES } from '../../../../plugins/telegram/people/updates-store.ts'
import { capturedLog } from '../../../support/captured-log.ts'
import { tempDir } from '../../../support/temp-dir.ts'

let close = () => {}

/** One daemon's; the one before it has ended. */
function updatesIn(dir = tempDir()) {
  close()
  const store = openStore({ file: join(dir, 'x.db'), clock: new FakeClock(), log: capturedLog().log })
  close = () => store.close()
  return createUpdatesStore(openPluginStore(store, 'telegram', [UPDATE_TABLES]))
}

afterEach(() => {
  close()
  close = () => {}
})

const heard = (update: number): Heard => ({
  ...{ type: 'text', text: 'x', isForwarded: false, update, chat: -1, isPrivate: false, topic: 2 },
  ...{ message: update, at: 0, person: { id: 42, name: 'Ada', isBot: false } },
})
const ids = (all: readonly Heard[]) => all.map(({ update }) => update)

test('what was taken is not taken again, also by another daemon', () => {
  const dir = tempDir()
  const updates = updatesIn(dir)
  expect(updates.next()).toBeUndefined()
  expect(ids(updates.take(11, [heard(10), heard(11)]))).toEqual([10, 11])
  expect(ids(updates.take(12, [heard(11), heard(12), heard(12)]))).toEqual([12])
  const next = updatesIn(dir)
  expect(ids(next.take(12, [heard(10), heard(12)]))).toEqual([])
  expect(next.next()).toBe(13)
})

test('what nobody here is concerned with moves the position too', () => {
  const updates = updatesIn()
  updates.take(700, [])
  expect(updates.next()).toBe(701)
})

test('a count that Telegram begins anew is gone on with', () => {
  const updates = updatesIn()
  updates.take(900_000_000, [heard(900_000_000)])
  expect(ids(updates.take(5, [heard(4), heard(5)]))).toEqual([4, 5])
  expect(updates.next()).toBe(6)
  expect(ids(updates.take(6, [heard(5), heard(6)]))).toEqual([6])
  expect(ids(updates.take(900_000_000, [heard(900_000_000)]))).toEqual([900_000_000])
})

test('it is known what was being done, what waited, and what is done', () => {
  const dir = tempDir()
  const updates = updatesIn(dir)
  updates.take(3, [heard(1), heard(2), heard(3)])
  updates.begin(1)
  updates.begin(2)
  updates.done(1)
  const left = updatesIn(dir).unfinished()
  expect(left.map(({ update, isBegun }) => [update, isBegun])).toEqual([
    [2, true],
    [3, false],
  ])
  expect(left[0]).toMatchObject({ chat: -1, topic: 2, message: 2, person: 42 })
})
