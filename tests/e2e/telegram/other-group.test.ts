import { expect, test } from 'vitest'
import { newDaemon, watched } from '../../support/telegram-daemon.ts'
import { openRoom } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'

test('with another group in the configuration, a session that lives gets a topic there, and the old group nothing', async () => {
  const room = await openRoom()
  const daemon = newDaemon(room)
  await daemon.startInTest()
  const session = await watched(room, daemon, 'private work')
  session.type('echo one')
  await session.sees(/\none$/)
  const other = room.telegram.createForum({ title: 'New', owner: room.ada })
  room.telegram.join(other, room.bot, { admin: true })
  daemon.configure({ plugins: ['terminal', room.plugin({ supergroupId: other.id })] })
  await daemon.restart('SIGTERM')
  const before = room.forum.texts
  for (const word of ['after', 'again']) {
    await daemon.call('session.input', { session_id: session.id, text: `echo ${word}`, submit: true })
    await until(() => other.texts.some(text => text.includes(`\n${word}`)), `the result of ${word}`)
  }
  expect(room.forum.texts).toEqual(before)
  expect(other.topics.map(({ name }) => name)).toEqual(['$alpha - private work'])
  const texts = other.topics[0]?.texts ?? []
  expect(texts.filter(text => text.startsWith('🖥'))).toHaveLength(1)
})
