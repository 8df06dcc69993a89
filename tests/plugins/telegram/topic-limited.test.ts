import { expect, test } from 'vitest'
import { type TimedWork, timedWork } from './timed-work.ts'

/** A session's topic that Telegram puts off, while somebody writes in a topic of another computer. */
async function putOff(work: TimedWork) {
  const { room, host } = work
  room.telegram.faults.next('createForumTopic', { retryAfter: 600 })
  await host.startSession({ title: 'other' })
  await work.pass(5000)
  expect(room.telegram.counts.answered(429)).toBe(1)
  room.ada.say(room.ada.createTopic(room.forum, 'of another computer'), 'hello')
  await work.pass(1000)
}

test('while Telegram puts off a topic, people are heard in the others', async () => {
  const work = await timedWork()
  const { room, host, session } = work
  const topic = await room.topic('work')
  await putOff(work)
  room.ada.say(topic, 'two')
  await work.pass(5000)
  expect(host.typed(session)).toEqual([expect.objectContaining({ text: 'two' })])
})

test('while Telegram makes a topic and does not answer, the daemon stops at once and knows nothing of it in the log', async () => {
  const work = await timedWork()
  const { room, host, clock } = work
  room.telegram.faults.next('createForumTopic', 'timeout')
  await host.startSession({ title: 'other' })
  await work.pass(5000)
  room.ada.say(room.ada.createTopic(room.forum, 'of another computer'), 'hello')
  await work.pass(1000)
  const before = clock.now()
  await work.stop()
  expect(clock.now() - before).toBeLessThan(5000)
  expect(work.logged(/could not be taken/)).toEqual([])
})

test('while Telegram limits the menus, buttons do what they say', async () => {
  const work = await timedWork({
    prepare: ({ room }) => room.telegram.faults.next('setMyCommands', { retryAfter: 600 }, 2),
  })
  const { room, host, session } = work
  await work.passUntil(() => work.texts.length > 0, 'the card')
  const [card] = work.topic?.messages ?? []
  if (!card) throw new Error('there is no card')
  void room.ada.press(card, '⏎')
  await work.pass(5000)
  expect(host.typed(session)).toHaveLength(1)
})
