import { expect, test } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import type { Topic } from '../../support/telegram/index.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const room = peopleForFile({ files: { '.bashrc': "PS1='$ '", 'work/notes.txt': 'x' } })
const CLOSED = /^You closed the topic\./
const ENDED = /^This session has ended\./

const sessions = async () =>
  (await room.daemon.call<{ sessions: Session[] }>('session.list', { state: 'live' })).sessions
const isEnded = (id: string) => until(async () => (await room.daemon.get(id)).state === 'closed', 'its end')
const isClosed = (topic: Topic) => until(() => topic.isClosed, 'a closed topic')

/** How often a topic was closed, opened and renamed. */
function changes(topic: Topic): readonly string[] {
  return topic.everything.flatMap(({ content }) =>
    Object.keys(content.service ?? {}).filter(key => key !== 'forum_topic_created'),
  )
}

test('closing the topic ends the session, once that is confirmed', async () => {
  const { ada, grace } = room
  const { id, topic } = await room.start('close both')
  ada.closeTopic(topic)
  const question = await room.sees(topic, CLOSED)
  expect(question.text).toBe('You closed the topic. close both still runs: end it too?')
  expect(question.buttons).toEqual([['✖ End it', 'Open the topic again']])
  expect((await room.daemon.get(id)).state).toBe('ready')
  await grace.press(question, '✖ End it')
  expect((await room.daemon.get(id)).state).toBe('ready')
  await ada.press(question, '✖ End it')
  await isEnded(id)
  await room.sees(topic, /The session has ended/)
  await until(() => question.text === '✖ Ended by Ada.', 'the answer')
  await room.quiet()
  expect([topic.isClosed, changes(topic)]).toEqual([true, ['forum_topic_closed']])
})

test('a closed topic can be opened again, and the session goes on', async () => {
  const { ada } = room
  const { topic } = await room.start('close by mistake')
  ada.closeTopic(topic)
  const question = await room.sees(topic, CLOSED)
  await ada.press(question, 'Open the topic again')
  await until(() => !topic.isClosed, 'an open topic')
  ada.say(topic, 'echo goes on')
  await room.sees(topic, /\ngoes on$/)
  expect(question.text).toBe('The topic is open again, and the session goes on.')
  expect(changes(topic)).toEqual(['forum_topic_closed', 'forum_topic_reopened'])
})

test('the topic that the session closed asks nothing', async () => {
  const { id, topic } = await room.start('by itself')
  room.ada.say(topic, 'exit')
  await isEnded(id)
  await isClosed(topic)
  await room.quiet()
  expect(room.said(topic).some(({ text }) => CLOSED.test(text) || ENDED.test(text))).toBe(false)
  expect(changes(topic)).toEqual(['forum_topic_closed'])
})

test('an opened topic offers to start again in the same folder, and the new session has the topic', async () => {
  const { ada, daemon, forum } = room
  const { id, topic } = await room.start('again', { cwd: '~/work' })
  await daemon.call('session.close', { session_id: id })
  await isClosed(topic)
  ada.reopenTopic(topic)
  const question = await room.sees(topic, ENDED)
  expect(question.buttons).toEqual([['▶️ Start again', 'Close the topic']])
  await ada.press(question, '▶️ Start again')
  const next = await until(
    async () => (await sessions()).find(({ title }) => title === 'again'),
    'the new session',
  )
  await room.sees(topic, next.id)
  ada.say(topic, 'ls')
  await room.sees(topic, /\nnotes\.txt$/)
  expect(question.text).toBe('▶️ Started again.')
  expect(forum.topics.filter(({ name }) => name === '$alpha - again')).toEqual([topic])
  expect(changes(topic)).toEqual(['forum_topic_closed', 'forum_topic_reopened'])
  // The buttons of the old session are of no use for the new one.
  expect((await ada.press(question, { data: 'x' }))?.text).toMatch(/no use/)
  const [oldCard] = room.said(topic)
  if (oldCard) expect((await ada.press(oldCard, 'Esc'))?.text).toMatch(/no use/)
  await daemon.call('session.close', { session_id: next.id })
  await isClosed(topic)
})

test('so it does when the daemon was restarted in between', async () => {
  const { ada, daemon, forum } = room
  const { id, topic } = await room.start('after a restart')
  await daemon.call('session.close', { session_id: id })
  await isClosed(topic)
  await daemon.restart('SIGTERM')
  ada.reopenTopic(topic)
  const question = await room.sees(topic, ENDED)
  await daemon.restart('SIGKILL')
  await ada.press(question, '▶️ Start again')
  const next = await until(
    async () => (await sessions()).find(({ title }) => title === 'after a restart'),
    'the new one',
  )
  await room.sees(topic, next.id)
  await daemon.restart('SIGTERM')
  ada.say(topic, 'echo in the same topic')
  await room.sees(topic, /\nin the same topic$/)
  expect(forum.topics.filter(({ name }) => name.endsWith('after a restart'))).toEqual([topic])
})

test('it can be left at that', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('not again')
  await daemon.call('session.close', { session_id: id })
  await isClosed(topic)
  ada.reopenTopic(topic)
  const question = await room.sees(topic, ENDED)
  await ada.press(question, 'Close the topic')
  await isClosed(topic)
  await until(() => question.text === 'The topic is closed.', 'the answer')
  await room.quiet()
  expect(changes(topic)).toEqual(['forum_topic_closed', 'forum_topic_reopened', 'forum_topic_closed'])
})

test('the title follows the name of the topic, which is then as titles are', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('first name')
  ada.renameTopic(topic, 'second\u202e name')
  await until(() => topic.name === '$alpha - second name', 'the name of the title')
  expect((await daemon.get(id)).title).toBe('second name')
  ada.renameTopic(topic, '$alpha - third name')
  await until(async () => (await daemon.get(id)).title === 'third name', 'the third title')
  await room.quiet()
  expect(topic.name).toBe('$alpha - third name')
  expect(changes(topic)).toEqual(['forum_topic_edited', 'forum_topic_edited', 'forum_topic_edited'])
})

test('the name of the topic follows the title, and nothing comes back', async () => {
  const { daemon } = room
  const { id, topic } = await room.start('from the command line')
  await daemon.call('session.rename', { session_id: id, title: 'renamed' })
  await until(() => topic.name === '$alpha - renamed', 'the name')
  await room.quiet()
  expect((await daemon.get(id)).title).toBe('renamed')
  expect(changes(topic)).toEqual(['forum_topic_edited'])
})

test('the same title under another name gives the topic its name back', async () => {
  const { ada } = room
  const { topic } = await room.start('same')
  ada.renameTopic(topic, 'same')
  await until(() => topic.name === '$alpha - same', 'the name of the title')
})

test('what is answered after the session has ended says that, and leaves its topic closed', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('ended meanwhile')
  const toEnd = await room.answer(ada.say(topic, '/close'))
  const toLeave = await room.answer(ada.say(topic, '/close'))
  ada.closeTopic(topic)
  const toReopen = await room.sees(topic, CLOSED)
  await daemon.call('session.close', { session_id: id })
  await room.sees(topic, /The session has ended/)
  await ada.press(toReopen, 'Open the topic again')
  await ada.press(toLeave, 'Leave it running')
  await ada.press(toEnd, '✖ End it')
  await until(() => toEnd.edits > 0, 'the last answer')
  expect([toReopen, toLeave, toEnd].map(({ text }) => text)).toEqual(Array(3).fill('It has ended already.'))
  expect([topic.isClosed, changes(topic)]).toEqual([true, ['forum_topic_closed']])
})

test('an end that is confirmed twice is told once', async () => {
  const { ada } = room
  const { id, topic } = await room.start('confirmed twice')
  const question = await room.answer(ada.say(topic, '/close'))
  await Promise.all([ada.press(question, '✖ End it'), ada.press(question, '✖ End it')])
  await isClosed(topic)
  await until(() => question.edits > 0, 'the answer')
  expect(await room.daemon.get(id)).toMatchObject({ closeReason: `closed by telegram:${ada.id}` })
  await room.quiet()
  expect(question.sightings.map(({ text }) => text).slice(1)).toEqual(['✖ Ended by Ada.'])
})

test('two people who start a session again at once start one', async () => {
  const { ada, grace, daemon, forum } = room
  const { id, topic } = await room.start('again by two')
  await daemon.call('session.close', { session_id: id })
  await isClosed(topic)
  ada.reopenTopic(topic)
  const ofAda = await room.sees(topic, ENDED)
  const ofGrace = await room.answer(grace.say(topic, 'ls'))
  // What wakes the poller is heard first, the presses then together.
  ada.say(forum, 'now')
  await Promise.all([ada.press(ofAda, '▶️ Start again'), grace.press(ofGrace, '▶️ Start again')])
  await until(() => ofAda.edits > 0 && ofGrace.edits > 0, 'both answers')
  const started = (await sessions()).filter(({ title }) => title === 'again by two')
  expect(started).toHaveLength(1)
  await room.sees(topic, `${started[0]?.id}`)
  expect([ofAda.text, ofGrace.text].sort()).toEqual(['It is started again already.', '▶️ Started again.'])
  expect(forum.topics.filter(({ name }) => name.endsWith('again by two'))).toEqual([topic])
})

test.each([
  ['the beginning alone', '$alpha -'],
  ['nothing to be seen', '\u202e\u200b'],
  ['nothing to be seen behind it', '$alpha - \u2060'],
])('a name without a title gives the topic its name back: %s', async (what, name) => {
  const { ada, daemon } = room
  const { id, topic } = await room.start(`keeps ${what}`)
  ada.renameTopic(topic, name)
  await until(() => topic.name === `$alpha - keeps ${what}`, 'its name')
  expect((await daemon.get(id)).title).toBe(`keeps ${what}`)
})
