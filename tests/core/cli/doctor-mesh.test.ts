import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkMesh, checkSecrets } from '../../../core/cli/checkup-mesh.ts'
import type { Cli } from '../../../core/cli/context.ts'
import { loadConfig } from '../../../core/config/load-config.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { PeerFacts } from '../../../core/mesh/peer-operations.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { tempDir } from '../../support/temp-dir.ts'

const URL = 'redis://:pass-word@redis.example:6379'

/** A configuration with a secret in a file and a URL in `.env`, as `init` writes it. */
function configured() {
  const dir = tempDir()
  const [secret, dotEnv, config] = ['mesh.secret', '.env', 'c.json'].map(name => join(dir, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(secret, 'a secret of the tests that is long enough', { mode: 0o600 })
  writeFileSync(dotEnv, `TELECLAUDE_REDIS_URL=${URL}\n`, { mode: 0o600 })
  const settings = {
    computer: { name: 'alpha' },
    mesh: { secret: { file: 'mesh.secret' } },
    plugins: ['registry', ['redis', { url: { env: 'TELECLAUDE_REDIS_URL' } }]],
  }
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 })
  return { secret, dotEnv, load: () => loadConfig({ cwd: dir, env: {}, path: config }) }
}

const peer = (facts: Partial<PeerFacts>) => ({
  ...{ name: 'beta', status: 'online', problem: null, clock_skew_ms: 3 },
  ...facts,
})

/** The command line beside a daemon that says this of its mesh and of its peers. */
function beside(mesh: object | null, peers: readonly object[] = []): Cli {
  const answers: Record<string, unknown> = { 'daemon.status': { mesh }, 'peers.list': { peers } }
  const daemon = { call: async (operation: string) => answers[operation] }
  // What the check uses of it.
  return { clock: new FakeClock(), daemon, commandLine: 'teleclaude' } as unknown as Cli
}

const joined = { joined: true, problem: null }
const nothing = Promise.reject(new Error('no configuration'))
nothing.catch(() => {})

test('secrets that only their owner can read are fine; of others doctor says what to type', async () => {
  const { secret, dotEnv, load } = configured()
  expect(await checkSecrets(load())).toMatchObject({ state: 'ok' })
  chmodSync(secret, 0o640)
  expect(await checkSecrets(load())).toEqual({
    state: 'warn',
    message: `others can read ${secret}`,
    fix: `chmod 600 ${secret}`,
  })
  chmodSync(dotEnv, 0o644)
  expect(await checkSecrets(load())).toMatchObject({ fix: `chmod 600 ${secret} ${dotEnv}` })
})

test('a .env without secrets of the configuration is nobody’s concern', async () => {
  const { dotEnv } = configured()
  writeFileSync(join(dotEnv, '../plain.json'), '{"computer":{"name":"alpha"},"plugins":["registry"]}')
  chmodSync(dotEnv, 0o644)
  const dir = join(dotEnv, '..')
  expect(await checkSecrets(loadConfig({ cwd: dir, env: {}, path: join(dir, 'plain.json') }))).toBeNull()
})

test('a mesh that works is fine, whoever was revoked in it', async () => {
  const peers = [peer({}), peer({ name: 'gamma', status: 'revoked', problem: 'It was revoked.' })]
  expect(await checkMesh(beside(joined, peers), nothing)).toEqual({
    state: 'ok',
    message: '1 of 2 other computers online',
  })
})

test('what keeps this computer from joining is told', async () => {
  const problem = 'Redis (example:6379) is not running there'
  expect(await checkMesh(beside({ joined: false, problem }), nothing)).toEqual({
    state: 'warn',
    message: problem,
  })
})

test('a clock that is off, and a peer that is refused, are told, and what to do about clocks', async () => {
  const peers = [
    peer({ clock_skew_ms: -45_000 }),
    peer({ name: 'gamma', status: 'refused', problem: 'Its key differs.', clock_skew_ms: null }),
  ]
  const found = await checkMesh(beside(joined, peers), nothing)
  expect(found).toMatchObject({ state: 'warn', fix: expect.stringContaining('set-ntp') })
  expect(found?.message.split('\n')).toEqual([
    '1 of 2 other computers online',
    'gamma: Its key differs.',
    "beta: its clock is 45 s behind this one's; 120 s are tolerated",
  ])
})

test('a secret without a plugin that connects is told, and nothing is where there is no secret', async () => {
  const { load } = configured()
  expect(await checkMesh(beside(null), load())).toMatchObject({
    state: 'warn',
    fix: expect.stringContaining('redis(…)'),
  })
  expect(await checkMesh(beside(null), nothing)).toBeNull()
})

test('a plugin that connects computers without a secret keeps the daemon from starting, and that is told before', async () => {
  const dir = tempDir()
  const path = join(dir, 'c.json')
  writeFileSync(path, JSON.stringify({ plugins: ['registry', ['redis', { url: '/run/redis.sock' }]] }), {
    mode: 0o600,
  })
  const offline = new TeleclaudeError('TC_ERR_NOT_RUNNING', 'no daemon')
  const daemon = { call: () => Promise.reject(offline) }
  const cli = { clock: new FakeClock(), daemon, commandLine: 'teleclaude' } as unknown as Cli // what the check uses of it
  expect(await checkMesh(cli, loadConfig({ cwd: dir, env: {}, path }))).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('redis connects computers'),
    fix: expect.stringContaining('teleclaude init --mesh'),
  })
  expect(await checkMesh(cli, configured().load())).toBeNull()
})
