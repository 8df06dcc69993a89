import { describe, expect, test } from 'vitest'
import { MINUTE_MS, type TimedWork, timedWork } from './timed-work.ts'

describe('a topic that was deleted', () => {
  test('is made anew once, and what was to be said is said there', async () => {
    const work = await timedWork()
    const first = work.topic
    if (first) work.room.ada.deleteTopic(first)
    await work.run('one')
    await work.pass(5000)
    expect(work.topic).not.toBe(first)
    expect(work.texts).toEqual([expect.stringContaining('🖥 work'), expect.stringContaining('did one')])
    expect((await work.told()).channel).toMatchObject({ state: 'idle' })
    expect(work.logged(/topic was deleted/)).toHaveLength(1)
  })

  test('twice within ten minutes is not made again: the session goes on, and a later daemon makes one', async () => {
    const work = await timedWork()
    for (const line of ['one', 'two']) {
      const topic = work.topic
      if (topic) work.room.ada.deleteTopic(topic)
      await work.run(line)
      await work.pass(5000)
    }
    expect(work.room.forum.topics).toEqual([])
    expect((await work.told()).channel).toMatchObject({
      state: 'degraded',
      error: expect.stringContaining('deleted twice'),
    })
    await work.run('three')
    const { output } = await work.host.call<{ output: string }>('session.read', {
      session_id: work.session.id,
    })
    await work.pass(10 * MINUTE_MS)
    expect(output).toContain('did two')
    await work.stop()
    await work.host.start()
    await work.pass(5000)
    expect(work.texts.join('\n')).toMatch(/did two[\s\S]*did three/)
  })

  test('again after more than ten minutes is made anew again', async () => {
    const work = await timedWork()
    for (const line of ['one', 'two']) {
      const topic = work.topic
      if (topic) work.room.ada.deleteTopic(topic)
      await work.run(line)
      await work.pass(11 * MINUTE_MS)
    }
    expect(work.texts.at(-1)).toContain('did two')
  })

  test('while something runs is noticed by what is shown of it', async () => {
    const work = await timedWork()
    const long = await work.begin('begins\n', 5 * MINUTE_MS)
    const first = work.topic
    if (first) work.room.ada.deleteTopic(first)
    await work.host.print(long, 'more\r\n')
    await work.pass(5000)
    await work.host.print(long, 'and more\r\n')
    await work.pass(5000)
    expect(work.topic?.name).toContain('long')
    await work.pass(5 * MINUTE_MS)
    expect(work.texts.at(-1)).toMatch(/exit 0[\s\S]*and more$/)
  })

  test('is not made anew only to be closed', async () => {
    const work = await timedWork()
    await work.host.exit(work.session)
    const topic = work.topic
    work.room.telegram.faults.next('closeForumTopic', {
      code: 400,
      description: 'Bad Request: TOPIC_ID_INVALID',
    })
    await work.pass(5000)
    expect(work.topic).toBe(topic)
    expect(work.texts.at(-1)).toContain('The session has ended')
  })
})

describe('what Telegram refuses', () => {
  const refuse = (work: TimedWork, method: string, description: string) =>
    work.room.telegram.faults.next(method, { code: 400, description: `Bad Request: ${description}` })

  test('because the topic is closed is said once it is open again', async () => {
    const work = await timedWork()
    const topic = work.topic
    if (topic) topic.isClosed = true
    refuse(work, 'sendMessage', 'TOPIC_CLOSED')
    await work.run('one')
    await work.pass(5000)
    expect(topic?.isClosed).toBe(false)
    expect(work.texts).toContainEqual(expect.stringContaining('did one'))
  })

  test('because it is too long comes as a file', async () => {
    const work = await timedWork()
    refuse(work, 'sendMessage', 'message is too long')
    await work.run('one')
    await work.pass(5000)
    const document = work.topic?.messages.at(-1)?.document
    expect(Buffer.from(document?.bytes ?? []).toString()).toContain('did one')
  })

  test('in every form is said to be refused, and what comes after it comes', async () => {
    const work = await timedWork()
    refuse(work, 'sendMessage', 'MEDIA_EMPTY')
    refuse(work, 'sendDocument', 'MEDIA_EMPTY')
    await work.run('one')
    await work.pass(5000)
    await work.run('two')
    await work.pass(5000)
    expect(work.texts.slice(1)).toEqual([
      expect.stringContaining('Telegram refused a result'),
      expect.stringContaining('did two'),
    ])
    expect(work.logged(/refused a result in this form/)).toHaveLength(2)
  })

  test('because nothing is different is nobody’s concern', async () => {
    const work = await timedWork()
    const long = await work.begin('begins\n', MINUTE_MS)
    refuse(work, 'editMessageText', 'message is not modified: …')
    await work.host.print(long, 'more\r\n')
    await work.pass(5000)
    await work.host.print(long, 'and more\r\n')
    await work.pass(5000)
    expect(work.texts.at(-1)).toContain('and more')
  })
})
