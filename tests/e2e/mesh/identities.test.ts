import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { entryFromWire, type WireEntry } from '../../../core/journal/entry.ts'
import type { PeerFacts } from '../../../core/mesh/peer-operations.ts'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import { Bus, identityOf } from '../../support/bus.ts'
import { commandLine } from '../../support/command-line.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { computersOf, meshDaemon, sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const QUICK = { heartbeatMs: 1000, heartbeatTtlMs: 4000 }
const mesh = TestMesh.forFile(['alpha', 'beta', 'gamma'], { options: QUICK })
const [alpha, beta, gamma] = ['alpha', 'beta', 'gamma'].map(name => () => mesh().daemon(name)) as [
  () => TestDaemon,
  () => TestDaemon,
  () => TestDaemon,
]
let bus: Bus
beforeAll(() => {
  bus = new Bus(mesh().redis)
})
afterAll(() => bus?.[Symbol.asyncDispose]())

/** `teleclaude peers …` on a computer. */
const peers = async (daemon: TestDaemon, ...words: string[]) => {
  const ended = await commandLine(daemon.home).run(['peers', ...words])
  return { ...ended, all: ended.stdout + ended.stderr }
}
const factsOf = async (daemon: TestDaemon, name: string) => {
  const list = await daemon.call<{ peers: readonly PeerFacts[] }>('peers.list')
  return list.peers.find(peer => peer.name === name)
}

describe('A computer with another secret', () => {
  it('runs on, sees nobody and is seen by nobody, and everyone is told why', async () => {
    const stranger = meshDaemon('stranger', mesh().redis.url, {
      options: QUICK,
      secret: 'another secret of more than 32 characters',
    })
    await stranger.startInTest()
    await until(
      async () =>
        (await stranger.status()).mesh?.problem?.startsWith('3 computers use another mesh secret here'),
      'its status says why',
    )
    expect((await computersOf(stranger)).map(({ name }) => name)).toEqual(['stranger'])
    const session = await stranger.session()
    expect((await stranger.send(session, 'echo here')).output).toBe('here\n')
    await expect(stranger.session({ computer: 'alpha' })).rejects.toMatchObject({
      code: 'TC_ERR_COMPUTER_UNKNOWN',
      message: expect.stringContaining('another mesh secret'),
    })
    await until(
      async () => (await peers(alpha(), 'list')).all.includes('1 computer there with another mesh secret'),
      'alpha counts it',
    )
    expect((await computersOf(alpha())).map(({ name }) => name)).not.toContain('stranger')
    await expect(alpha().session({ computer: 'stranger' })).rejects.toMatchObject({
      code: 'TC_ERR_COMPUTER_UNKNOWN',
      message: expect.stringContaining('another mesh secret'),
    })
  })
})

/** Watches a session of beta; what it was shown. */
function watch(daemon: TestDaemon, session_id: string) {
  let text = ''
  const stop = new AbortController()
  const take = (entries: readonly WireEntry[]) => {
    for (const entry of entries.map(entryFromWire))
      if (entry.kind === 'output') text += Buffer.from(entry.data).toString()
  }
  const ended = daemon
    .call(
      'session.watch',
      { session_id },
      { signal: stop.signal, onItem: item => take((item as WatchItem).entries) },
    )
    .then(
      () => null,
      (error: { code: string }) => error.code,
    )
  onTestFinished(() => stop.abort())
  return { ended, sees: (line: string) => until(() => text.includes(line), line), text: () => text }
}

describe('A computer that loses what it may do', () => {
  afterAll(() => peers(beta(), 'trust', 'alpha'))

  it.each([
    ['limited', ['limit', 'alpha', 'computers:read', 'sessions:input'], 'TC_ERR_FORBIDDEN'],
    ['revoked', ['revoke', 'alpha'], 'TC_ERR_PEER_REFUSED'],
  ])('by being %s reads nothing that is printed after it, while others read on', async (_, words, code) => {
    await peers(beta(), 'trust', 'alpha')
    await until(
      () =>
        alpha()
          .call('session.list', { computer: 'beta' })
          .then(
            () => true,
            () => false,
          ),
      'trust',
    )
    const session_id = await alpha().session({ computer: 'beta', title: 'watched' })
    const [loser, other] = [watch(alpha(), session_id), watch(gamma(), session_id)]
    await beta().send(session_id, 'echo before-$((1))')
    await Promise.all([loser.sees('before-1'), other.sees('before-1')])
    expect(await peers(beta(), ...words)).toMatchObject({ code: 0 })
    for (const number of [1, 2, 3]) await beta().send(session_id, `echo after-$((${number}))`)
    await other.sees('after-3')
    expect(await loser.ended).toBe(code)
    expect(loser.text()).not.toContain('after-')
    await expect(alpha().read(session_id)).rejects.toMatchObject({ code })
  })

  it('by being revoked has nothing done, is told so, and is done for again when it is trusted', async () => {
    expect((await peers(beta(), 'revoke', 'alpha')).all).toContain('mesh rotate')
    expect((await peers(beta(), 'list')).all).toMatch(/alpha.*revoked/)
    const before = (await beta().status()).mesh?.counts
    await expect(alpha().session({ computer: 'beta' })).rejects.toMatchObject({
      code: 'TC_ERR_PEER_REFUSED',
      message: expect.stringMatching(/'beta' does nothing for 'alpha'/),
    })
    const after = (await beta().status()).mesh?.counts
    expect(after?.refused).toBe((before?.refused ?? 0) + 1)
    expect(after?.served_served).toBe(before?.served_served)
    expect((await bus.lastLetter('beta'))?.reason).toMatch(/^refused: .*revoked/)
    const audit = readFileSync(join(beta().stateDir, 'audit.log'), 'utf8').split('\n')
    const asked = audit.filter(line => line.includes('"principal":"peer:alpha'))
    expect(asked.at(-1)).toMatch(/"operation":"session.start".*"allowed":false/)
    await expect(beta().session({ computer: 'alpha' })).rejects.toMatchObject({ code: 'TC_ERR_PEER_REFUSED' })
    expect(await gamma().call('session.list', { computer: 'beta' })).toBeTruthy()
    expect(await peers(beta(), 'trust', 'alpha')).toMatchObject({ code: 0 })
    expect(await alpha().session({ computer: 'beta' })).toBeTruthy()
  })

  it('keeps that over a restart of the one that took it away', async () => {
    await peers(beta(), 'limit', 'alpha', 'computers:read')
    await beta().restart('SIGKILL')
    await until(
      () =>
        alpha()
          .session({ computer: 'beta' })
          .catch((error: { code: string }) => error.code === 'TC_ERR_FORBIDDEN'),
      'a refusal',
    )
    expect(await factsOf(beta(), 'alpha')).toMatchObject({ allow: ['computers:read'] })
  })

  it('is not limited to a scope that there is not, and nobody unknown is', async () => {
    const misspelled = await peers(beta(), 'limit', 'alpha', 'session:read')
    expect(misspelled.code).not.toBe(0)
    expect(misspelled.all).toContain("Did you mean 'sessions:read'?")
    const unknown = await peers(beta(), 'revoke', 'alph')
    expect(unknown.code).not.toBe(0)
    expect(unknown.all).toContain("Did you mean 'alpha'?")
  })
})

describe('A reinstalled computer', () => {
  it('is refused, both fingerprints being shown, until its new key is taken', async () => {
    const { fingerprint: known } = identityOf(gamma())
    await gamma().kill('SIGTERM')
    rmSync(gamma().stateDir, { recursive: true })
    await gamma().start()
    const { fingerprint: announced } = identityOf(gamma())
    await sees(alpha(), 'gamma', 'refused')
    const { problem } = (await computersOf(alpha())).find(({ name }) => name === 'gamma') ?? {}
    expect(problem).toContain(known)
    expect(problem).toContain(announced)
    expect((await commandLine(alpha().home).run(['computers'])).stdout).toContain(announced)
    await expect(alpha().session({ computer: 'gamma' })).rejects.toMatchObject({
      code: 'TC_ERR_PEER_REFUSED',
      message: expect.stringContaining(announced),
    })
    const forged = (await alpha().status()).mesh?.counts.forged ?? 0
    const giveUp = new AbortController()
    const asked = gamma().call('session.list', { computer: 'alpha' }, { signal: giveUp.signal })
    await until(
      async () => ((await alpha().status()).mesh?.counts.forged ?? 0) > forged,
      'what it asks is refused',
    )
    giveUp.abort()
    await expect(asked).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })

    const [, shown] = /(SHA256:\S+)/.exec((await peers(gamma(), 'list')).all) ?? []
    expect(shown).toBe(announced)
    const wrong = await peers(alpha(), 'replace', 'gamma', known)
    expect(wrong.code).not.toBe(0)
    expect(wrong.all).toContain(announced)
    expect(await peers(alpha(), 'replace', 'gamma', announced)).toMatchObject({ code: 0 })
    await sees(alpha(), 'gamma')
    const session_id = await alpha().session({ computer: 'gamma', title: 'again' })
    expect((await alpha().send(session_id, 'echo again')).output).toBe('again\n')
    expect(await gamma().call('session.list', { computer: 'alpha' })).toBeTruthy()
    // On another computer nobody has decided anything.
    await sees(beta(), 'gamma', 'refused')
  })
})
