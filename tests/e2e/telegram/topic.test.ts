import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { roomForFile } from '../../support/telegram-daemon.ts'
import { until } from '../../support/until.ts'

const file = roomForFile()

test('a session has its topic and its card before anything is typed', async () => {
  const { id, topic, sees } = await file.start('first', { description: 'to look around' })
  expect(topic.name).toBe('$alpha - first')
  const { text, buttons, entities, sightings } = await sees(id)
  expect(sightings[0]?.notified).toBe(false)
  expect(text.split('\n')).toEqual([
    '🖥 first',
    'to look around',
    `alpha · shell · ${file.daemon.home}`,
    `started through test · ${id}`,
    'What you write here is typed into it. /help says what else there is.',
  ])
  expect(buttons.flat()).toEqual(expect.arrayContaining(['⏹ Ctrl-C', 'Esc', '↑', '🖥 screen', '✖ close']))
  expect(entities.some(({ type }) => type === 'bold')).toBe(true)
})

test('a session that prints nothing at all has them too', async () => {
  const { sees } = await file.start('silent', { command: ['sleep', '60'] })
  expect((await sees('silent')).text).toContain('sleep 60')
})

test('a one-shot run has none', async () => {
  await file.daemon.call('session.run', { command: ['echo', 'hello'] })
  await file.start('after the run')
  expect(file.room.forum.allTopics.filter(({ name }) => name.includes('echo'))).toEqual([])
})

test('what is typed in the topic is done, and its result is a new message', async () => {
  const session = await file.start('typed')
  session.type('echo from a phone')
  const result = await session.sees('exit 0')
  expect(result.text).toBe('echo from a phone Ada\n✅ exit 0\nfrom a phone')
  expect(result.entityTexts('pre')).toEqual(['from a phone'])
  expect(result.sightings).toMatchObject([{ kind: 'sent', notified: true }])
})

test('the topic follows the title', async () => {
  const { id, topic } = await file.start('before')
  await file.daemon.call('session.rename', { session_id: id, title: 'after <b>\u202e' })
  await until(() => topic.name === '$alpha - after <b>', 'the other name')
})

test('the title of a session may be anything', async () => {
  const title = `\u202e${'long 🇨🇭 '.repeat(20)}`
  const id = await file.daemon.session({ title })
  const topic = await until(() => file.room.forum.topics.find(({ name }) => name.includes('long 🇨🇭')))
  expect([...topic.name].length).toBeLessThanOrEqual(128)
  expect(topic.name).not.toContain('\u202e')
  await file.daemon.call('session.close', { session_id: id })
  await until(() => topic.isClosed, 'a closed topic')
})

test('a session that ends closes its topic, after it has said how', async () => {
  const session = await file.start('ends')
  session.type('echo bye; exit 3')
  const result = await session.sees('The session has ended')
  expect(result.text).toBe('echo bye; exit 3 Ada\n❌ The session has ended: exited with code 3\nbye\nexit')
  await until(() => session.topic.isClosed, 'a closed topic')
  expect(session.topic.everything.at(-1)?.content.service).toEqual({ forum_topic_closed: {} })
})

test('a session that is closed by somebody says so', async () => {
  const session = await file.start('closed')
  await session.sees('closed')
  await file.daemon.call('session.close', { session_id: session.id })
  const result = await session.sees('The session has ended')
  expect(result.text).toBe(`🏁 The session has ended: closed by ${userInfo().username}`)
  await until(() => session.topic.isClosed, 'a closed topic')
})

test('a session that could not be started has no topic', async () => {
  const refused = file.daemon.session({ title: 'no such', command: ['/no/such/program'] })
  await expect(refused).rejects.toMatchObject({ code: 'TC_ERR_COMMAND_NOT_FOUND' })
  await file.start('after the refusal')
  expect(file.room.forum.allTopics.map(({ name }) => name)).not.toContain('$alpha - no such')
})

test('the card says where a session comes from', async () => {
  const { sees } = await file.start('of an agent', { kind: 'shell', command: 'sleep 60; echo "<x>"' })
  expect((await sees('of an agent')).entityTexts('code')).toContain('sleep 60; echo "<x>"')
})
