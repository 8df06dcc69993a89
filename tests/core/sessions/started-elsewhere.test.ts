import { expect, test } from 'vitest'
import { type Principal, principalName } from '../../../core/principal.ts'
import { topicName } from '../../../core/sessions/session.ts'
import { type ScriptedCoreOptions, scriptedCore } from '../../support/scripted-core.ts'
import { tempDir } from '../../support/temp-dir.ts'

const beta: Principal = { kind: 'peer', computer: 'beta', caller: 'user:ada', scopes: '*' }
const carrier = () => ({ type: 'redis', channel: (id: string) => ({ stream: `output:${id}` }) })

async function startFromBeta(options: ScriptedCoreOptions, more: object = {}) {
  const core = scriptedCore(tempDir(), options)
  const input = { title: 'theirs', ...more }
  const { session_id } = await core.call<{ session_id: string }>('session.start', input, { principal: beta })
  return { core, session: core.core.sessions.get(session_id) }
}

test('what carries a session back to its origin is its primary', async () => {
  const { session } = await startFromBeta({ carrier, adapterTypes: () => ['telegram', 'redis', 'file'] })
  expect(session).toMatchObject({
    origin: 'beta',
    computer: 'alpha',
    adapterTypes: ['redis', 'telegram', 'file'],
    adapterMetadata: { redis: { stream: `output:${session.id}` } },
  })
  expect(topicName(session)).toBe('$beta > $alpha - theirs')
})

test('adapters that were named are the ones that it gets', async () => {
  const more = { adapter_types: ['file'] }
  const { session } = await startFromBeta({ carrier, adapterTypes: () => ['telegram'] }, more)
  expect(session.adapterTypes).toEqual(['file'])
})

test('one that was started here is not carried anywhere else', async () => {
  const core = scriptedCore(tempDir(), { carrier, adapterTypes: () => ['telegram'] })
  expect(await core.start()).toMatchObject({ adapterTypes: ['telegram'], adapterMetadata: {} })
})

test('who ended it is named with the computer that says so', async () => {
  const { core, session } = await startFromBeta({})
  await core.call('session.close', { session_id: session.id }, { principal: beta })
  expect(core.core.sessions.get(session.id).closeReason).toBe('closed by peer:beta/user:ada')
})

test.each([
  ['user:ada', 'peer:beta/user:ada'],
  ['session:aaaabbbbcccc', 'peer:beta/session:aaaabbbbcccc'],
  ['peer:gamma/user:eve', 'peer:beta'],
  ['user:ada\nuser:root', 'peer:beta'],
  ['ada', 'peer:beta'],
  ['', 'peer:beta'],
  [undefined, 'peer:beta'],
])('a caller %j on another computer is written as %s', (caller, written) => {
  expect(principalName({ kind: 'peer', computer: 'beta', caller })).toBe(written)
})

test('the times of a session never go back, so that other computers know what is newer', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.clock.advance(60_000)
  const renamed = await core.core.sessions.rename(session.id, { title: 'one' })
  core.clock.setBack(30_000)
  await core.print(session, 'x')
  const again = await core.core.sessions.rename(session.id, { title: 'two' })
  expect(again.updatedAt).toBe(renamed.updatedAt)
  expect(again.lastActivityAt).toBe(renamed.lastActivityAt)
})
