import { expect, test } from 'vitest'
import { TelegramFault } from '../../../plugins/telegram/api/fault.ts'
import { LiveMessage } from '../../../plugins/telegram/topics/live-message.ts'
import type { LiveRecord } from '../../../plugins/telegram/topics/topic-store.ts'

const fault = (kind: 'message-gone' | 'kicked' | 'refused') =>
  new TelegramFault(kind, kind, { method: 'editMessageText' })

/** A live message whose turns and answers a test gives. */
function shown(records: readonly LiveRecord[] = []) {
  const calls: string[] = []
  const turnsUsed: boolean[] = []
  const failures: unknown[] = []
  const state = { records, now: 'now', fails: null as TelegramFault | null }
  const turns: (() => void)[] = []
  let made = 100
  const call = async <T>(what: string, result: T): Promise<T> => {
    calls.push(what)
    await new Promise<void>(resolve => turns.push(resolve))
    const { fails } = state
    state.fails = null
    if (fails) throw fails
    return result
  }
  const message = new LiveMessage({
    load: () => state.records,
    save: saved => {
      state.records = saved
    },
    async inTurn(work) {
      turnsUsed.push(await work(new AbortController().signal))
    },
    compose: async () => state.now,
    send: html => call(`send ${html}`, ++made),
    edit: (id, html) => call(`edit ${id} ${html}`, undefined),
    finish: (id, html) => call(`finish ${id} ${html}`, undefined),
    failed: error => void failures.push(error),
  })
  /** Has Telegram answer the call that is under way. */
  const answer = async () => {
    await settle()
    turns.shift()?.()
    await settle()
  }
  return { message, calls, turnsUsed, failures, state, answer }
}
const settle = () => new Promise<void>(resolve => setImmediate(resolve))

test('is sent once, then edited, and only where something is different', async () => {
  const { message, calls, turnsUsed, state, answer } = shown()
  message.touch()
  await answer()
  message.touch()
  await answer()
  state.now = 'later'
  message.touch()
  await answer()
  expect(calls).toEqual(['send now', 'edit 101 later'])
  expect(turnsUsed).toEqual([true, false, true])
})

test('shows the newest when its turn comes, however often it was touched', async () => {
  const { message, calls, state, answer } = shown()
  message.touch()
  await settle()
  for (const now of ['a', 'b', 'c']) {
    state.now = now
    message.touch()
  }
  await answer()
  await answer()
  expect(calls).toEqual(['send now', 'edit 101 c'])
})

test('that ends while it is being sent says so at once, and the next one is a new message', async () => {
  const { message, calls, state, answer } = shown()
  message.touch()
  await settle()
  message.end('ended')
  message.end('ended later, and was never shown')
  await answer()
  await answer()
  state.now = 'next'
  message.touch()
  await answer()
  expect(calls).toEqual(['send now', 'finish 101 ended', 'send next'])
  expect(state.records).toEqual([{ id: 102, end: null }])
})

test('that ends while it is being edited does not show the old state afterwards', async () => {
  const { message, calls, state, answer } = shown([{ id: 7, end: null }])
  message.touch()
  await settle()
  message.end('ended')
  await answer()
  await answer()
  expect(calls).toEqual(['edit 7 now', 'finish 7 ended'])
  expect(state.records).toEqual([])
})

test('that was deleted is sent anew; an end that was deleted is nobody’s concern', async () => {
  const { message, calls, state, answer } = shown([{ id: 7, end: null }])
  state.fails = fault('message-gone')
  message.touch()
  await answer()
  await answer()
  state.fails = fault('message-gone')
  message.end('ended')
  await answer()
  expect(calls).toEqual(['edit 7 now', 'send now', 'finish 101 ended'])
  expect(state.records).toEqual([])
})

test('that could not be shown is tried again at the next touch, also an end', async () => {
  const { message, calls, state, answer, failures } = shown([{ id: 7, end: null }])
  state.fails = fault('kicked')
  message.end('ended')
  await answer()
  expect(failures).toHaveLength(1)
  expect(state.records).toEqual([{ id: 7, end: 'ended' }])
  message.touch()
  await answer()
  expect(calls.slice(0, 2)).toEqual(['finish 7 ended', 'finish 7 ended'])
})

test('that could not be shown is tried once more before nothing is shown any more', async () => {
  const { message, calls, state, answer } = shown([{ id: 7, end: null }])
  state.fails = fault('kicked')
  message.end('ended')
  await answer()
  const settled = message.settled()
  await answer()
  await settled
  expect(calls).toEqual(['finish 7 ended', 'finish 7 ended'])
  expect(state.records).toEqual([])
})

test('whose end Telegram refuses keeps nothing back that comes after it', async () => {
  const { message, calls, state, answer } = shown([{ id: 7, end: null }])
  state.fails = fault('refused')
  message.end('ended')
  await answer()
  state.now = 'next'
  message.touch()
  await answer()
  expect(calls).toEqual(['finish 7 ended', 'send next'])
  expect(state.records).toEqual([{ id: 101, end: null }])
})

test('that ended before the daemon did is shown to have', async () => {
  const { message, calls, answer } = shown([{ id: 7, end: 'ended' }])
  message.end('whatever')
  await answer()
  expect(calls).toEqual(['finish 7 ended'])
})

test('shows nothing once it is closed, but remembers what was under way', async () => {
  const { message, calls, state, answer } = shown()
  message.touch()
  await settle()
  message.close()
  message.touch()
  await answer()
  expect(calls).toEqual(['send now'])
  expect(state.records).toEqual([{ id: 101, end: null }])
})
