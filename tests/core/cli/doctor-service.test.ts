import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { checkDaemon } from '../../../core/cli/checkup-daemon.ts'
import { checkService } from '../../../core/cli/checkup-service.ts'
import type { Cli } from '../../../core/cli/context.ts'
import { specFor } from '../../../core/cli/service.ts'
import { systemClock } from '../../../core/clock.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { ServiceSpec } from '../../../core/service/spec.ts'
import { recordStartFault } from '../../../core/service/start-fault.ts'
import { systemd } from '../../../core/service/systemd.ts'
import { fakeSystemd } from '../../support/fake-systemd.ts'
import { tempDir } from '../../support/temp-dir.ts'

/** A computer with a systemd that answers, and what writes the unit that `service install` would, changed as a test has it. */
function computer() {
  const dir = tempDir()
  const stand = fakeSystemd(dir)
  const env: Record<string, string> = { ...stand.env, HOME: dir, XDG_CONFIG_HOME: `${dir}/config`, LANG: 'C' }
  const stateDir = join(dir, 's')
  mkdirSync(stateDir, { mode: 0o700 })
  const facts = { env, stateDir, logPath: join(stateDir, 'daemon.log'), clock: systemClock }
  // What the checks use of it.
  const cli = {
    ...facts,
    commandLine: 'teleclaude',
    socketPath: join(stateDir, 'control.sock'),
  } as unknown as Cli
  return {
    dir,
    stand,
    env,
    cli,
    async install(change: (spec: ServiceSpec) => ServiceSpec = spec => spec) {
      const supervisor = systemd(env)
      const text = await supervisor.render(change(specFor(supervisor, null, cli)))
      write(stand.unit, text)
      return text
    },
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

test('where there is no service, nothing is said of it', async () => {
  expect(await checkService(computer().cli, null)).toBeNull()
})

test('a service whose file is as it would be written now is told by how systemd says it is, and by linger', async () => {
  const { cli, install } = computer()
  await install()
  expect((await checkService(cli, null))?.message.split('\n')).toEqual([
    'it does not start at login',
    'inactive (dead)',
    expect.stringContaining('loginctl enable-linger'),
  ])
})

test('a Node.js, a program or a configuration that is gone keeps the service from starting', async () => {
  const { cli, install, dir } = computer()
  const gone = join(dir, 'old/node')
  await install(spec => ({ ...spec, command: [gone, ...spec.command.slice(1)] }))
  expect(await checkService(cli, null)).toMatchObject({
    state: 'fail',
    message: expect.stringContaining(`${gone} is gone`),
    fix: 'teleclaude service install',
  })
  const config = join(dir, 'teleclaude.config.json')
  await install(spec => ({ ...spec, command: [...spec.command, '--config', config] }))
  expect(await checkService(cli, null)).toMatchObject({ state: 'fail' })
  writeFileSync(config, '{}')
  expect((await checkService(cli, null))?.message).not.toContain(config)
})

test('a service of another checkout or Node.js than this one is told with both', async () => {
  const { cli, install, dir } = computer()
  const other = join(dir, 'teleclaude.mjs')
  writeFileSync(other, '')
  await install(spec => ({
    ...spec,
    command: spec.command.map(word => (word.endsWith('/bin/teleclaude.mjs') ? other : word)),
  }))
  expect(await checkService(cli, null)).toMatchObject({
    state: 'warn',
    message: expect.stringMatching(
      new RegExp(`it starts ${other}, and this program is \\S+/bin/teleclaude\\.mjs`),
    ),
  })
})

test('another PATH than here is said and no harm; another TELECLAUDE_ENV deserves a look', async () => {
  const { cli, install, env } = computer()
  const withEnv = (changed: Record<string, string>) => (spec: ServiceSpec) => ({
    ...spec,
    env: { ...spec.env, ...changed },
  })
  await install(withEnv({ PATH: '/usr/bin' }))
  const found = await checkService(cli, null)
  expect(found?.message).toMatch(/^it does not start at login\nit was installed with another PATH than/)
  env.TELECLAUDE_ENV = 'staging'
  await install(withEnv({ TELECLAUDE_ENV: 'production' }))
  expect((await checkService(cli, null))?.message).toMatch(/^it was installed with another TELECLAUDE_ENV/)
})

test('a file of an older version, one that was edited, and one of somebody else are told', async () => {
  const { cli, install, stand, env } = computer()
  env.FAKE_SYSTEMD_VERSION = '252'
  await install()
  env.FAKE_SYSTEMD_VERSION = '255'
  expect((await checkService(cli, null))?.message).toContain('would write its file otherwise')
  write(stand.unit, `${await install()}# mine\n`)
  expect(await checkService(cli, null)).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('was edited by hand'),
    fix: expect.stringContaining('--force'),
  })
  write(stand.unit, '[Service]\nExecStart=/usr/bin/other\n')
  expect(await checkService(cli, null)).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('is not what this program wrote'),
  })
})

test('a service for another state folder is none of this one', async () => {
  const { cli, install } = computer()
  await install()
  expect(await checkService({ ...cli, stateDir: '/elsewhere' }, null)).toMatchObject({
    state: 'ok',
    message: expect.stringContaining('another state folder'),
  })
})

test('where systemd cannot be asked, the reason is told, and what to type where it can', async () => {
  const { cli, install, env } = computer()
  await install()
  write(join(env.FAKE_SYSTEMD ?? '', 'no-bus'), '')
  expect(await checkService(cli, null)).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('Failed to connect to bus'),
    fix: expect.stringContaining('systemctl --user enable --now teleclaude.service'),
  })
})

test('a daemon that does not run is started as the service where there is one, not beside it', async () => {
  const { cli, install, stand } = computer()
  const fix = async () => (await checkDaemon(cli, Promise.resolve(null)))?.fix
  expect(await fix()).toBe('teleclaude start --detach')
  const text = await install()
  expect(await fix()).toBe('teleclaude service install')
  write(stand.unit, text.replace(cli.stateDir, '/elsewhere'))
  expect(await fix()).toBe('teleclaude start --detach')
})

test('why the last start failed is told while no daemon runs', async () => {
  const { cli } = computer()
  recordStartFault(
    cli.stateDir,
    new TeleclaudeError('TC_ERR_SECRET', 'the variable X is not set'),
    systemClock,
  )
  expect(await checkDaemon(cli, Promise.resolve(null))).toMatchObject({
    state: 'fail',
    message: expect.stringMatching(
      /last start, \d{4}-.*Z, failed: the variable X is not set \(TC_ERR_SECRET\)/,
    ),
    fix: expect.stringContaining('teleclaude start --detach'),
  })
})
