import { expect, test } from 'vitest'
import type { Topic } from '../../../support/telegram/index.ts'
import { MINUTE_MS, type TimedWork, timedWork } from '../timed-work.ts'

const filesIn = (topic: Topic | undefined) => topic?.messages.flatMap(({ document }) => document ?? []) ?? []

/** Two sessions that printed something, in their topics; the log of the first is asked for first. */
async function twoLogs(break1st: (work: TimedWork) => void) {
  const work = await timedWork()
  const { room, passUntil } = work
  const first = work.topic as Topic
  const session = await work.shell('other', line => ({ output: `did ${line}\n`, exitCode: 0 }))
  await work.run('one')
  await work.run('two', session)
  const said = (topic: Topic | undefined, what: string) =>
    topic?.texts.some(text => text.includes(what)) ?? false
  await passUntil(() => said(first, 'did one') && said(work.topic, 'did two'), 'both results')
  const second = work.topic as Topic
  break1st(work)
  for (const topic of [first, second]) {
    room.ada.say(topic, '/log')
    await work.pass(1000)
  }
  return { work, first, second, said }
}

test('a log that Telegram never takes is given up and told, and the logs of others come', async () => {
  const { work, first, second, said } = await twoLogs(({ room }) =>
    room.telegram.faults.next('sendDocument', 'timeout', 3),
  )
  const isTold = () => said(first, 'The log could not be sent: Telegram did not take it')
  await work.passUntil(() => isTold() && filesIn(second).length > 0, 'the other log', 5 * MINUTE_MS)
  expect(filesIn(first)).toEqual([])
  work.room.ada.say(first, '/log')
  await work.passUntil(() => filesIn(first).length > 0, 'the log, asked for again', MINUTE_MS)
})

test('a log that has to wait, since Telegram asks to or is away, is not given up', async () => {
  const { work, first, second } = await twoLogs(({ room }) => {
    room.telegram.faults.next('sendDocument', { retryAfter: 1200 })
    room.telegram.faults.next('sendDocument', '500', 2)
  })
  await work.passUntil(() => filesIn(second).length > 0, 'the other log', 30 * MINUTE_MS)
  expect(filesIn(first)).toHaveLength(1)
})
