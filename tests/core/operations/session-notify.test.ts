import { expect, test } from 'vitest'
import type { Principal } from '../../../core/principal.ts'
import { scriptedCore } from '../../support/scripted-core.ts'

const peer = (computer: string, caller?: string): Principal => ({
  kind: 'peer',
  computer,
  caller,
  scopes: ['messages:send'],
})

async function speaking() {
  const core = scriptedCore()
  const { id } = await core.start()
  const say = (principal: Principal | undefined, text = 'hello', session_id: string = id) =>
    core.call('session.notify', { session_id, text }, principal && { principal })
  return { core, id, say }
}

test('another computer says less at once than who is here', async () => {
  const { say } = await speaking()
  await say(peer('beta'), 'x'.repeat(16_384))
  await expect(say(peer('beta'), 'x'.repeat(16_385))).rejects.toMatchObject({
    code: 'TC_ERR_MESSAGE_TOO_LARGE',
    message: expect.stringContaining('16384 characters, and this has 16385'),
  })
  await say(undefined, 'x'.repeat(16_385))
})

test('nobody says more than 30 things a minute in a session, whomever a computer asks for', async () => {
  const { core, id, say } = await speaking()
  const { id: other } = await core.start()
  for (let count = 0; count < 30; count++) await say(peer('beta', `user:u${count}`))
  await core.clock.advance(20_500)
  await expect(say(peer('beta', 'user:new'))).rejects.toMatchObject({
    code: 'TC_ERR_BUSY',
    retryable: true,
    message: `30 messages a minute may be shown in session '${id}'. Try again in 40 s.`,
  })
  await say(peer('gamma'))
  await say(peer('beta'), 'hello', other)
  await core.clock.advance(39_500)
  await say(peer('beta'))
})

test('in a session that has ended nothing is said or shown', async () => {
  const { core, id, say } = await speaking()
  const session = core.core.sessions.get(id)
  await core.exit(session, 0)
  await expect(say(undefined)).rejects.toMatchObject({ code: 'TC_ERR_SESSION_CLOSED' })
  const sent = core.call('session.sendFile', { session_id: id, path: '/etc/passwd' })
  await expect(sent).rejects.toMatchObject({ code: 'TC_ERR_SESSION_CLOSED' })
})

test('who may not read a session learns nothing of files there', async () => {
  const { core, id } = await speaking()
  const principal: Principal = { kind: 'peer', computer: 'beta', scopes: ['sessions:input'] }
  const sent = core.call('session.sendFile', { session_id: id, path: '~/none' }, { principal })
  await expect(sent).rejects.toMatchObject({
    code: 'TC_ERR_FORBIDDEN',
    message: expect.stringContaining("'sessions:read'"),
  })
})
