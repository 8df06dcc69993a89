import { cpSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import { identityOf } from '../../support/bus.ts'
import { commandLine } from '../../support/command-line.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { computersOf, meshDaemon, sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const QUICK = { heartbeatMs: 1000, heartbeatTtlMs: 4000 }
const mesh = TestMesh.forFile(['alpha', 'beta'], { options: QUICK })
const first = () => mesh().daemon('alpha')
const beta = () => mesh().daemon('beta')

/** Another computer that is called alpha too, with a state folder of its own or a copy. */
async function namesake(copied?: TestDaemon): Promise<TestDaemon> {
  const daemon = meshDaemon('alpha', mesh().redis.url, { options: QUICK })
  const filter = (path: string) => !statSync(path).isSocket()
  if (copied) cpSync(copied.stateDir, daemon.stateDir, { recursive: true, filter, preserveTimestamps: true })
  await daemon.startInTest()
  return daemon
}

async function refusal(daemon: TestDaemon): Promise<string> {
  return await until(async () => {
    const { mesh } = await daemon.status()
    return mesh && !mesh.joined && mesh.problem?.includes('is taken') ? mesh.problem : null
  }, 'its status says that the name is taken')
}

async function joins(daemon: TestDaemon): Promise<void> {
  await until(async () => (await daemon.status()).mesh?.joined, 'it joins', 20_000)
}

/** Settles when it is the one that the others mean by the name. */
async function isAlpha(daemon: TestDaemon): Promise<void> {
  const session_id = await daemon.session({ title: 'whose' })
  await until(async () => (await sessionsOfAlpha()).includes(session_id), 'the others mean this one')
}

/** As beta is told; none while it sees no alpha, or still takes another one for it. */
async function sessionsOfAlpha(): Promise<readonly string[]> {
  try {
    const { sessions } = await beta().call<{ sessions: readonly { id: string }[] }>('session.list', {
      computer: 'alpha',
    })
    return sessions.map(({ id }) => id)
  } catch (error) {
    if (isTeleclaudeError(error, 'TC_ERR_COMPUTER_OFFLINE')) return []
    throw error
  }
}

/** It works by itself, and says why it is not with the others. */
async function isAlone(daemon: TestDaemon): Promise<void> {
  const session_id = await daemon.session()
  expect((await daemon.send(session_id, 'echo alone')).output).toBe('alone\n')
  await expect(daemon.session({ computer: 'beta' })).rejects.toMatchObject({
    code: 'TC_ERR_TRANSPORT',
    message: expect.stringMatching(/The name 'alpha' is taken/),
  })
  const { stdout } = await commandLine(daemon.home).run(['status'])
  expect(stdout).toContain("'alpha' is taken")
}

describe('The second of two computers with one name', () => {
  it('with a key of its own runs alone while the first is there, and is refused by its key when that has gone', async () => {
    const second = await namesake()
    expect(await refusal(second)).toMatch(/instance .* announced at .*another name/)
    await isAlone(second)
    await isAlpha(first())
    expect((await first().status()).mesh).toMatchObject({ joined: true, problem: null })
    await first().kill('SIGTERM')
    await joins(second)
    await sees(beta(), 'alpha', 'refused')
    const { problem } = (await computersOf(beta())).find(({ name }) => name === 'alpha') ?? {}
    for (const one of [first(), second]) expect(problem).toContain(identityOf(one).fingerprint)
    await second.kill('SIGTERM')
    await first().start()
    await sees(beta(), 'alpha')
    await isAlpha(first())
  })

  it.each<['SIGTERM' | 'SIGKILL', string]>([
    ['SIGTERM', 'has said that it goes'],
    ['SIGKILL', 'is not heard of any more'],
  ])(
    'with a copied state folder runs alone, and takes the place of the first when that (%s) %s',
    async end => {
      // While it runs, so that the copy knows everything that it knows.
      const second = await namesake(first())
      expect(await refusal(second)).toMatch(/same key.*delete the state folder/)
      await isAlone(second)
      await isAlpha(first())
      expect((await first().status()).mesh).toMatchObject({ joined: true, problem: null })
      await first().kill(end)
      await joins(second)
      await sees(beta(), 'alpha')
      await isAlpha(second)
      await second.kill('SIGTERM')
      await first().start()
      await joins(first())
      await isAlpha(first())
    },
  )
})
