import { expect, test } from 'vitest'
import type { Principal } from '../../../core/principal.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { scriptedCore } from '../../support/scripted-core.ts'
import { tempDir } from '../../support/temp-dir.ts'

const beta: Principal = { kind: 'peer', computer: 'beta', scopes: '*' }

/** A core with two sessions of its own, and between them in time one on beta that was started from it. */
async function threeSessions() {
  const elsewhere: Session[] = []
  const core = scriptedCore(tempDir(), { mesh: { sessions: () => elsewhere } })
  await core.start('first')
  await core.clock.advance(1000)
  elsewhere.push(sampleSession({ title: 'on beta', computer: 'beta', createdAt: core.clock.now() }))
  await core.clock.advance(1000)
  await core.start('last')
  const list = async (input: object = {}, principal?: Principal) => {
    const { sessions } = await core.call<{ sessions: Session[] }>(
      'session.list',
      input,
      principal && { principal },
    )
    return sessions.map(({ title }) => title)
  }
  return { elsewhere, list }
}

test('sessions here and those started from here elsewhere are listed together, the newest first', async () => {
  const { list } = await threeSessions()
  expect(await list()).toEqual(['last', 'on beta', 'first'])
})

test('with this computer named, those elsewhere are left out', async () => {
  const { list } = await threeSessions()
  expect(await list({ computer: 'alpha' })).toEqual(['last', 'first'])
})

test('a state is asked of those elsewhere too', async () => {
  const { list, elsewhere } = await threeSessions()
  elsewhere.push(sampleSession({ title: 'over', computer: 'beta', state: 'closed' }))
  expect(await list({ state: 'closed' })).toEqual(['over'])
  expect(await list({ state: 'live' })).toEqual(['last', 'on beta', 'first'])
})

test('another computer hears of what runs here, and of nothing else', async () => {
  const { list } = await threeSessions()
  expect(await list({}, beta)).toEqual(['last', 'first'])
})
