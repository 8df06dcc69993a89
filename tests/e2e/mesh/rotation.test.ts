import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { NumberedLines } from '../../faults/mesh/numbered-lines.ts'
import { commandLine } from '../../support/command-line.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { computersOf, SECRET, sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const FROM_FILE = {
  files: { 'mesh.secret': `${SECRET}\n`, '.bashrc': "PS1='$ '" },
  mesh: { secret: { file: 'mesh.secret' } },
  options: { heartbeatMs: 1000, heartbeatTtlMs: 4000 },
}
const mesh = TestMesh.forFile(['alpha', 'beta'], FROM_FILE)
const alpha = () => mesh().daemon('alpha')
const beta = () => mesh().daemon('beta')

const secretFile = (daemon: TestDaemon) => join(daemon.home, 'mesh.secret')
const secretOf = (daemon: TestDaemon) => readFileSync(secretFile(daemon), 'utf8').trim()

/** `teleclaude mesh rotate` on a computer. */
async function rotate(daemon: TestDaemon, ...options: string[]): Promise<void> {
  const ended = await commandLine(daemon.home).run(['mesh', 'rotate', ...options])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout).toContain(secretFile(daemon))
  expect(ended.stdout).not.toContain(secretOf(daemon))
}
const joinWith = (daemon: TestDaemon, from: TestDaemon) =>
  rotate(daemon, '--join', '--secret-file', secretFile(from))

const asks = (one: TestDaemon, computer: string) => one.call('session.list', { computer })
/** Settles when the two can talk again. */
async function restart(daemon: TestDaemon): Promise<void> {
  await daemon.restart('SIGKILL')
  await Promise.all([sees(alpha(), 'beta'), sees(beta(), 'alpha')])
  await Promise.all([asks(alpha(), 'beta'), asks(beta(), 'alpha')])
}
const problemOf = async (daemon: TestDaemon) => (await daemon.status()).mesh?.problem ?? null

it('changing the secret of one computer and then of the other interrupts nothing', async () => {
  const lines = await NumberedLines.start(alpha(), beta(), 'beta')
  await rotate(alpha())
  expect(secretOf(alpha())).not.toBe(SECRET)
  expect(statSync(secretFile(alpha())).mode & 0o777).toBe(0o600)
  await lines.flow()
  await Promise.all([asks(alpha(), 'beta'), asks(beta(), 'alpha')])
  await lines.complete()
  await restart(beta()) // it still has the old secret
  const others = await NumberedLines.start(beta(), alpha(), 'alpha')
  await joinWith(beta(), alpha())
  expect(secretOf(beta())).toBe(secretOf(alpha()))
  await others.flow()
  await Promise.all([asks(alpha(), 'beta'), asks(beta(), 'alpha')])
  await others.complete()
  await restart(alpha())
})

it('a new computer that knows only the old secret cannot join in the grace time', async () => {
  const late = await mesh().join('late', FROM_FILE)
  for (const daemon of [alpha(), beta()]) {
    const seen = await until(
      async () => (await computersOf(daemon)).find(({ name }) => name === 'late'),
      'it is seen',
    )
    expect(seen).toMatchObject({ status: 'offline', problem: expect.stringContaining('was replaced') })
    await expect(asks(daemon, 'late')).rejects.toMatchObject({
      code: 'TC_ERR_COMPUTER_OFFLINE',
      message: expect.stringContaining('was replaced'),
    })
  }
  const giveUp = new AbortController()
  const asked = late.call('session.start', { computer: 'beta', title: 'x' }, { signal: giveUp.signal })
  await until(async () => (await beta().status()).mesh?.counts.unknown_secret, 'what it asks is refused')
  giveUp.abort()
  await expect(asked).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  await joinWith(late, alpha())
  for (const daemon of [alpha(), beta()]) await sees(daemon, 'late')
  await asks(late, 'beta')
  await late.kill('SIGTERM')
})

it('after the grace time, whoever has not taken the new secret is out, and back once it has', async () => {
  await rotate(alpha(), '--grace-hours', '0')
  await sees(alpha(), 'beta', 'offline')
  for (const daemon of [alpha(), beta()])
    await until(
      async () => (await problemOf(daemon))?.startsWith('1 computer uses another mesh secret here'),
      'its status says why',
    )
  await expect(asks(alpha(), 'beta')).rejects.toMatchObject({ code: 'TC_ERR_COMPUTER_OFFLINE' })
  await rotate(beta(), '--join', '--secret-file', secretFile(alpha()), '--grace-hours', '0')
  await Promise.all([sees(alpha(), 'beta'), sees(beta(), 'alpha')])
  await Promise.all([asks(alpha(), 'beta'), asks(beta(), 'alpha')])
  expect(await problemOf(alpha())).toBeNull()
})

it('a secret that is too short, or not in a file, is not taken', async () => {
  const short = await commandLine(beta().home).run([
    'mesh',
    'rotate',
    '--join',
    '--secret-file',
    join(beta().home, '.bashrc'),
  ])
  expect(short.code).not.toBe(0)
  expect(short.stderr).toContain('at least 32 characters')
  const literal = await mesh().join('literal', { secret: secretOf(alpha()), mesh: {} })
  await sees(alpha(), 'literal')
  await expect(literal.call('mesh.rotate', {})).rejects.toMatchObject({ code: 'TC_ERR_SECRET' })
  await asks(literal, 'alpha')
})
