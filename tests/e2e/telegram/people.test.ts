import { expect, test } from 'vitest'
import { entriesOf, typedIn } from '../../support/journal-commands.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const room = peopleForFile()

test('what somebody writes is typed, the journal has who it was, and the result has their name', async () => {
  const { ada, grace, daemon } = room
  const { id, topic } = await room.start('written')
  ada.say(topic, 'echo from ada')
  await room.sees(topic, /echo from ada Ada\n.*exit 0.*\nfrom ada$/s)
  grace.say(topic, 'echo from grace')
  await room.sees(topic, /echo from grace Grace\n.*exit 0.*\nfrom grace$/s)
  const inputs = (await entriesOf(daemon, id)).filter(entry => entry.kind === 'input')
  expect(inputs.map(({ author, text }) => [author, text])).toEqual([
    [`telegram telegram:${ada.id}`, 'echo from ada'],
    [`telegram telegram:${grace.id}`, 'echo from grace'],
  ])
})
