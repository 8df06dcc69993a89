import { expect, test } from 'vitest'
import { openPluginStore } from '../../../core/store/open-plugin-store.ts'
import { INITIAL_ACTIVITY } from '../../../plugins/telegram/topics/activity.ts'
import { createTopicStore, TOPIC_TABLES } from '../../../plugins/telegram/topics/topic-store.ts'
import { openJournal } from '../../support/open-journal.ts'

const store = () => createTopicStore(openPluginStore(openJournal().store, 'telegram', [TOPIC_TABLES]))
const GROUP = -1001
const topic = (session: string, id: number) => ({ session, chat: GROUP, topic: id, name: session })

test('what is remembered of a topic is found by its session and by its place', () => {
  const topics = store()
  topics.add(topic('s1', 7))
  const activity = { ...INITIAL_ACTIVITY, seq: 5, typed: { text: 'ls', author: 'cli user:ada' } }
  const sending = { until: 5, sent: 1, digest: 'abc' }
  topics.update('s1', { card: 3, live: [{ id: 4, end: null }], activity, sending })
  expect(topics.find('s1')).toMatchObject({
    card: 3,
    live: [{ id: 4 }],
    activity,
    sending,
  })
  expect(topics.at(GROUP, 7)).toEqual(topics.find('s1'))
  expect([topics.find('s2'), topics.at(GROUP, 8), topics.at(GROUP - 1, 7)]).toEqual([null, null, null])
})

test('a topic that is made anew knows what went on, and when the one before was gone, but none of its messages', () => {
  const topics = store()
  topics.add(topic('s1', 7))
  const activity = { ...INITIAL_ACTIVITY, seq: 5 }
  topics.update('s1', { card: 3, live: [{ id: 4, end: 'ended' }], activity, goneAt: 1000 })
  topics.add(topic('s1', 9))
  expect(topics.find('s1')).toMatchObject({
    ...{ topic: 9, card: null, live: [], activity, goneAt: null, recreatedAt: 1000, closedAt: null },
  })
})

test('a session that is started again in the topic of another one takes it over', () => {
  const topics = store()
  topics.add(topic('s1', 7))
  topics.add(topic('s2', 7))
  expect(topics.at(GROUP, 7)?.session).toBe('s2')
  expect(topics.find('s1')).toBeNull()
})

test('all topics move with their group', () => {
  const topics = store()
  for (const id of [7, 8]) topics.add(topic(`s${id}`, id))
  topics.moveChat(GROUP, -2002)
  expect([topics.find('s7')?.chat, topics.at(-2002, 8)?.session]).toEqual([-2002, 's8'])
})

test('those with live output that is not over are found, those that were closed or gone long ago forgotten', () => {
  const topics = store()
  for (const id of [7, 8, 9, 10]) topics.add(topic(`s${id}`, id))
  topics.update('s7', { live: [{ id: 1, end: null }] })
  topics.update('s8', { closedAt: 1000 })
  topics.update('s9', { closedAt: 3000 })
  topics.update('s10', { goneAt: 1000 })
  expect(topics.unfinished().map(({ session }) => session)).toEqual(['s7'])
  topics.forgetClosed(2000)
  const found = ['s7', 's8', 's9', 's10'].map(session => topics.find(session)?.topic)
  expect(found).toEqual([7, undefined, 9, undefined])
})
