import { expect, test } from 'vitest'
import { timedTelegram } from '../../support/timed-telegram.ts'

test('large results of several sessions wait for each other, small ones for none of them', async () => {
  const { room, host, pass, passUntil, shell } = await timedTelegram({ settings: { messagesPerMinute: 60 } })
  const long = Array.from({ length: 2000 }, (_, n) => `line ${n}\n`).join('')
  const run = async (title: string, output: string) => {
    const session = await shell(title, () => ({ output, exitCode: 0 }))
    return () => host.call('session.input', { session_id: session.id, text: title, submit: true })
  }
  const large = [await run('a', long), await run('b', long), await run('c', long)]
  const small = await run('d', 'did d\n')
  await passUntil(() => room.forum.texts.length >= 4, 'the cards')
  room.telegram.faults.next('sendDocument', '502', 3)
  for (const begin of large) await begin()
  await pass(250)
  await small()
  await passUntil(() => room.forum.texts.some(text => text.includes('did d')), 'the small one')
  await pass(30_000)
  expect(room.forum.messages.filter(({ document }) => document)).toHaveLength(3)
})
