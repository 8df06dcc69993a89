import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { DaemonStatus } from '../../core/daemon-service.ts'
import type { CommandLine, Ended } from '../support/command-line.ts'
import { type FakeSystemd, fakeSystemd } from '../support/fake-systemd.ts'
import { isAlive } from '../support/processes.ts'
import { serviceHome } from '../support/service-home.ts'

let dir: string
let teleclaude: CommandLine
let systemd: FakeSystemd

beforeEach(() => {
  ;({ dir, teleclaude, systemd } = serviceHome())
})

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  teleclaude.run(args, { env: { ...systemd.env, ...env } })
const json = async (...args: readonly string[]) => JSON.parse((await run([...args, '--json'])).stdout)

test('installed, the daemon runs as the service; twice says that nothing changed; a change says what', async () => {
  const first = await run(['service', 'install'])
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(first.stdout).toContain(`Wrote ${systemd.unit}\n`)
  expect(first.stdout).toContain('loginctl enable-linger')
  const pid = systemd.pid()
  expect(await teleclaude.json<DaemonStatus>('status', '--json')).toMatchObject({ pid, ready: true })

  systemd.calls()
  expect(await json('service', 'install')).toMatchObject({ outcome: 'unchanged', pid })
  expect(systemd.calls()).not.toContain('--user restart teleclaude.service')

  const changed = await run(['service', 'install'], { TZ: 'Europe/Berlin' })
  expect(changed.stdout).toContain('+ Environment="TZ=Europe/Berlin"')
  expect(systemd.pid()).not.toBe(pid)
  expect(await json('service', 'status')).toMatchObject({
    file_state: 'ours',
    enabled: true,
    activity: 'active (running)',
    pid: systemd.pid(),
    daemon_pid: systemd.pid(),
    problem: null,
  })
  const { checks } = await json('doctor')
  expect(checks.find(({ id }: { id: string }) => id === 'service')).toMatchObject({
    level: 'ok',
    what: expect.stringMatching(
      new RegExp(`active \\(running\\), process ${systemd.pid()}\\n.*loginctl enable-linger$`),
    ),
  })
})

test('uninstall stops the service, leaves the sessions and takes away only what is ours', async () => {
  expect((await run(['service', 'uninstall'])).stdout).toContain('There is no service')
  await run(['service', 'install'])
  writeFileSync(systemd.unit, `${readFileSync(systemd.unit, 'utf8')}# mine\n`)
  expect(await run(['service', 'uninstall'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('edited by hand'),
  })
  expect(await run(['service', 'install'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--force'),
  })
  const pid = systemd.pid()
  expect(isAlive(pid)).toBe(true)
  expect(await run(['service', 'uninstall', '--force'])).toMatchObject({ code: 0 })
  expect(isAlive(pid)).toBe(false)
  expect((await run(['service', 'status'])).code).toBe(3)
})

test('a configuration that is wrong is told, with its exit code that is not tried again', async () => {
  const config = join(dir, 'c.json')
  writeFileSync(config, '{"nope":1}', { mode: 0o600 })
  const { code, stderr } = await run(['service', 'install', '--config', config])
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/nope: there is no such field.*TC_ERR_CONFIG_INVALID/s),
  ])
  expect(await json('service', 'status')).toMatchObject({
    activity: 'failed (failed)',
    pid: null,
    last_failure: { code: 'TC_ERR_CONFIG_INVALID' },
  })
  const start = (manager: string) => teleclaude.run(['start', '--service', manager, '--config', config])
  expect((await start('systemd')).code).toBe(78)
  expect((await start('launchd')).code).toBe(0)
})

test('a secret of the shell does not get into the file; the advice is .env, and from there it comes', async () => {
  const config = join(dir, 'c.mjs')
  const source = `import { defineConfig, env, file } from 'teleclaude'
    export default defineConfig({ plugins: ['terminal', 'registry'], mesh: { secret: env('HUSH') } })`
  writeFileSync(config, source)
  const HUSH = 'a-secret-of-at-least-32-characters!'
  const refused = await run(['service', 'install', '--config', config], { HUSH })
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining(`write secrets to .env beside ${config}`),
  ])
  expect(readFileSync(systemd.unit, 'utf8')).not.toContain(HUSH)
  writeFileSync(join(dir, '.env'), `HUSH=${HUSH}\n`, { mode: 0o600 })
  expect(await run(['service', 'install', '--config', config])).toMatchObject({ code: 0 })
  expect(systemd.output()).toMatch(/TeleClaude is ready/)
})

test('without systemctl, or without a user bus, the file is written and what to type is said', async () => {
  writeFileSync(join(dir, 'bin/systemctl'), `#!${dir}/nowhere\n`, { mode: 0o644 })
  const missing = await teleclaude.run(['service', 'install'], { env: { PATH: join(dir, 'bin') } })
  expect(missing.stdout).toContain('there is no systemctl here')
  expect(missing.stdout).toContain('\n  systemctl --user enable --now teleclaude.service\n')
  expect(missing.stdout).toContain('without it: npx teleclaude start --detach\n')
  expect(statSync(systemd.unit).mode & 0o777).toBe(0o600)
  systemd = fakeSystemd(dir)
  await run(['service', 'status'])
  writeFileSync(join(dir, 'systemd/no-bus'), '')
  const noBus = await run(['service', 'install'])
  expect([noBus.code, noBus.stdout]).toEqual([0, expect.stringContaining('Failed to connect to bus')])
  expect(await run(['service', 'uninstall'])).toMatchObject({ code: 0 })
})

test('--dry-run prints the file and changes nothing', async () => {
  const { code, stdout } = await run(['service', 'install', '--dry-run'])
  expect([code, stdout]).toEqual([0, expect.stringContaining('KillMode=process')])
  expect(() => statSync(systemd.unit)).toThrow()
  expect(() => statSync(join(dir, 's'))).toThrow()
})
