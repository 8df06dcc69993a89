import { expect, test } from 'vitest'
import { NO_LIMITS } from '../../support/telegram/index.ts'
import { timedTelegram } from '../../support/timed-telegram.ts'

const LONG = Array.from({ length: 2000 }, (_, n) => `line ${n}\n`).join('')
const CARDS = 3

/** Three sessions with a result that is a file or a line, of which the first one's is being sent and not answered. */
async function whileOneIsSent() {
  const timed = await timedTelegram({ limits: NO_LIMITS })
  const { room, pass, passUntil, shell } = timed
  const { telegram, forum, ada } = room
  const run = (line: string) => ({ output: line === 'small' ? 'did it\n' : LONG, exitCode: 0 })
  for (const title of ['a', 'b', 'c']) await shell(title, run)
  await passUntil(() => forum.texts.filter(text => text.startsWith('🖥')).length === CARDS, 'the cards')
  const type = async (title: string, line: string) => ada.say(await room.topic(title), line)
  telegram.faults.next('sendDocument', 'timeout')
  await type('a', 'large')
  await passUntil(() => telegram.counts.of('sendDocument') === 1, 'an upload')
  await type('b', 'large')
  await pass(5000)
  const files = () => forum.messages.filter(({ document }) => document)
  return { ...timed, type, files }
}

test('large results are sent one after the other, small ones meanwhile', async () => {
  const { room, pass, passUntil, type, files } = await whileOneIsSent()
  await type('c', 'small')
  await pass(5000)
  expect(room.forum.texts.at(-1)).toContain('did it')
  expect(room.telegram.counts.of('sendDocument')).toBe(1)
  await passUntil(() => files().length === 2, 'both files')
})

test('a large result that waits is made when its turn comes, so that it is not in memory before', async () => {
  const { room, pass, passUntil, type, files } = await whileOneIsSent()
  room.ada.user.first_name = 'Augusta'
  await type('c', 'small')
  await pass(5000)
  await passUntil(() => files().length === 2, 'both files')
  const captions = files().map(({ text, content }) => `${text} ${JSON.stringify(content.caption)}`)
  expect(captions).toEqual([expect.stringContaining('Ada'), expect.stringContaining('Augusta')])
})
