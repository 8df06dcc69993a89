import { expect, test } from 'vitest'
import { MINUTE_MS, type TimedWork, timedWork } from './timed-work.ts'

interface Failure {
  readonly what: string
  begin(work: TimedWork): unknown
  /** What the log says of it. */
  readonly logged: RegExp
  /** What the status says of the plugin meanwhile; null where people need not do anything. */
  readonly problem: RegExp | null
  end?(work: TimedWork): unknown
}

const refuse = (method: string, code: number, description: string, times: number) => (work: TimedWork) =>
  work.room.telegram.faults.next(method, { code, description }, times)
const clear = ({ room }: TimedWork) => room.telegram.faults.clear()
const OFTEN = 100

const failures: readonly Failure[] = [
  {
    what: 'no right to write',
    begin: refuse(
      'sendMessage',
      403,
      'Forbidden: not enough rights to send text messages to the chat',
      OFTEN,
    ),
    logged: /not enough rights to send/,
    problem: /Make the bot an administrator/,
    end: clear,
  },
  {
    what: 'a closed topic',
    begin: refuse('sendMessage', 400, 'Bad Request: TOPIC_CLOSED', 1),
    logged: /topic was closed.*opened/,
    problem: null,
  },
  {
    what: 'markup that Telegram cannot read',
    begin: refuse('sendMessage', 400, "Bad Request: can't parse entities: no", 1),
    logged: /refused the markup/,
    problem: null,
  },
  {
    what: 'a message that is too long',
    begin: refuse('sendMessage', 400, 'Bad Request: message is too long', 1),
    logged: /refused a result in this form/,
    problem: null,
  },
  {
    what: 'being asked to wait',
    begin: ({ room }) => room.telegram.faults.next('sendMessage', { retryAfter: 40 }),
    logged: /Telegram asks to wait/,
    problem: /Telegram asks to wait until 2030-01-01T00:\d\d:\d\dZ/,
  },
  {
    what: 'no answer',
    begin: ({ room }) => room.telegram.faults.next('sendMessage', 'timeout'),
    logged: /did not answer sendMessage/,
    problem: null,
  },
  {
    what: 'a fault of Telegram',
    begin: ({ room }) => room.telegram.faults.next('sendMessage', '500', OFTEN),
    logged: /nothing can be sent to Telegram/,
    problem: /sendMessage/,
    end: clear,
  },
]

test.each(failures)('$what is in the log and the status, and then everything is there', async failure => {
  const { begin, logged, problem, end } = failure
  const work = await timedWork()
  await begin(work)
  await work.run('one')
  await work.pass(20_000)
  expect((await work.told()).plugin).toMatchObject(
    problem
      ? { state: 'degraded', problem: expect.stringMatching(problem) }
      : { state: 'ready', problem: null },
  )
  await end?.(work)
  await work.pass(2 * MINUTE_MS)
  expect(work.logged(logged).length).toBeGreaterThan(0)
  const documents = work.topic?.messages.flatMap(({ document }) => document ?? []) ?? []
  const files = documents.map(({ bytes }) => Buffer.from(bytes).toString())
  expect([...work.texts, ...files].join('\n')).toContain('did one')
  expect(await work.told()).toMatchObject({
    plugin: { state: 'ready', problem: null },
    channel: { state: 'idle' },
  })
})

test('that a live message is gone is in the log, and another takes its place', async () => {
  const work = await timedWork()
  const long = await work.begin('begins\n', 5 * MINUTE_MS)
  refuse('editMessageText', 400, 'Bad Request: message to edit not found', 1)(work)
  await work.host.print(long, 'more\r\n')
  await work.pass(10_000)
  expect(work.texts.at(-1)).toMatch(/running[\s\S]*more$/)
  expect(work.logged(/live message is gone/)).toHaveLength(1)
  expect((await work.told()).plugin).toMatchObject({ state: 'ready' })
})
