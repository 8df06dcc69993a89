import { describe, expect, test } from 'vitest'
import { timedWork } from './timed-work.ts'

const OFTEN = 500

describe('what only adorns a topic', () => {
  test.each(['not enough rights to edit the topic', 'TOPIC_TITLE_INVALID'])(
    'does not keep results back where Telegram refuses it: a new name (%s)',
    async why => {
      const work = await timedWork()
      const { room, host, session } = work
      room.telegram.faults.next('editForumTopic', { code: 400, description: `Bad Request: ${why}` }, OFTEN)
      await host.call('session.rename', { session_id: session.id, title: 'other' })
      await work.run('one')
      await work.pass(5000)
      expect(work.texts.at(-1)).toContain('did one')
      room.telegram.faults.clear()
      await host.call('session.rename', { session_id: session.id, title: 'another' })
      await work.pass(5000)
      expect(work.topic?.name).toContain('another')
    },
  )

  test('comes in a simpler form where Telegram refuses it: the card', async () => {
    const refused = { code: 400, description: 'Bad Request: BUTTON_DATA_INVALID' }
    const work = await timedWork({
      prepare: ({ room }) => room.telegram.faults.next('sendMessage', refused),
    })
    await work.run('one')
    await work.pass(5000)
    expect(work.texts).toEqual([expect.stringContaining('🖥 work'), expect.stringContaining('did one')])
    expect(work.topic?.messages[0]?.keyboard).toBeFalsy()
  })

  test('is left out where Telegram refuses any form of it', async () => {
    const refused = { code: 400, description: 'Bad Request: SOMETHING_ELSE' }
    const work = await timedWork({
      prepare: ({ room }) => room.telegram.faults.next('sendMessage', refused, 2),
    })
    for (const line of ['one', 'two']) {
      await work.run(line)
      await work.pass(5000)
    }
    expect(work.texts).toEqual([expect.stringContaining('did one'), expect.stringContaining('did two')])
  })
})
