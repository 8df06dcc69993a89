import { expect, onTestFinished, test } from 'vitest'
import { rebooted } from '../../support/reboot.ts'
import { newDaemon, watched } from '../../support/telegram-daemon.ts'
import { createRoom } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'

test('a session that returns after a restart of the computer goes on in its topic', async () => {
  const room = await createRoom()
  onTestFinished(() => room.telegram[Symbol.asyncDispose]())
  const daemon = newDaemon(room, { config: { sessions: { restore: 'shells' } } })
  onTestFinished(() => daemon.end())
  await daemon.start()
  const shell = await watched(room, daemon, 'mine')
  shell.type('echo before')
  await shell.sees('before')
  shell.type('sleep 600')
  await until(async () => (await daemon.get(shell.id)).state === 'busy', 'the command')
  await rebooted(daemon)
  await until(async () => (await daemon.get(shell.id)).state === 'ready', 'the session')
  shell.type('echo after')
  await shell.sees('after')
  expect(shell.said.map(({ text }) => text.split('\n').at(-1)).slice(1)).toEqual([
    'before',
    '❌ The session has ended: The computer was restarted. This session is started again in its place.',
    'after',
  ])
  expect(room.forum.topics).toHaveLength(1)
})
