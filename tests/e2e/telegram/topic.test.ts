import { expect, test } from 'vitest'
import { openRoom, roomDaemon } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'

test('a session has its topic before anything is printed; what is typed there is done, and its result comes', async () => {
  const room = await openRoom()
  const daemon = await roomDaemon(room)
  const id = await daemon.session({ title: 'first' })
  const topic = await room.topic('first')
  expect(topic.name).toBe('$alpha - first')
  await until(() => topic.texts[0]?.includes(id), 'the card')
  room.ada.say(topic, 'echo from a phone')
  await until(() => topic.texts.some(text => /exit 0.*\nfrom a phone$/s.test(text)), 'the result')
  await daemon.call('session.close', { session_id: id })
  await until(() => topic.isClosed, 'a closed topic')
})
