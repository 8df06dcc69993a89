import { expect, test } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { openPluginStore } from '../../../core/store/open-plugin-store.ts'
import { createHealth } from '../../../plugins/telegram/health.ts'
import { createMask } from '../../../plugins/telegram/text/index.ts'
import { TelegramAdapter } from '../../../plugins/telegram/topics/telegram-adapter.ts'
import { createTopicStore, TOPIC_TABLES } from '../../../plugins/telegram/topics/topic-store.ts'
import { openJournal } from '../../support/open-journal.ts'
import { sampleSession } from '../../support/sample-session.ts'

test('who waits for the topics that are being made finds them', async () => {
  const topics = createTopicStore(openPluginStore(openJournal().store, 'telegram', [TOPIC_TABLES]))
  const answer = Promise.withResolvers<{ message_thread_id: number }>()
  const turn = Promise.withResolvers<void>()
  const parts = {
    ctx: { clock: systemClock, operations: {} },
    ...{ topics, group: { id: -1001 }, mask: createMask(false), takeReserved: async () => null },
    post: {
      async call(_place: object, _method: string, payload: () => object) {
        await turn.promise
        payload()
        return await answer.promise
      },
    },
  }
  const adapter = new TelegramAdapter(parts as never) // making a topic takes nothing else
  const session = sampleSession()
  const made = adapter.createChannel(session)
  await adapter.made() // its turn has not come
  turn.resolve()
  await new Promise(resolve => setImmediate(resolve))
  let isKnown = false
  const waiting = adapter.made().then(() => {
    isKnown = topics.at(-1001, 7) !== null
  })
  answer.resolve({ message_thread_id: 7 })
  await waiting
  expect(isKnown).toBe(true)
  expect(await made).toEqual({ chat_id: -1001, topic_id: 7 })
})

test('what was wrong with the results of a session that is forgotten is no problem any more', () => {
  const problems: (string | null)[] = []
  const health = createHealth(problem => void problems.push(problem))
  const adapter = new TelegramAdapter({ ctx: { operations: {} }, health } as never) // forgetting takes nothing else
  const session = sampleSession()
  health.set(`results of ${session.id}`, 'refused')
  adapter.forgetSession(session)
  expect(problems).toEqual(['refused', null])
})
