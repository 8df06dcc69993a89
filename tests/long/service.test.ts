import { expect, test } from 'vitest'
import type { DaemonStatus } from '../../core/daemon-service.ts'
import { isAlive } from '../support/processes.ts'
import { serviceHome } from '../support/service-home.ts'
import { until } from '../support/until.ts'

function home() {
  const { teleclaude, systemd } = serviceHome()
  const run = (args: readonly string[]) => teleclaude.run(args, { env: { ...systemd.env } })
  const json = async (...args: readonly string[]) => JSON.parse((await run([...args, '--json'])).stdout)
  return { teleclaude, systemd, run, json }
}

test('a daemon that runs already is handed over, and its sessions go on', async () => {
  const { teleclaude, systemd, run, json } = home()
  const { pid } = JSON.parse((await run(['start', '--detach', '--json'])).stdout)
  const { session_id } = await teleclaude.json<{ session_id: string }>(
    'session',
    'start',
    '--title',
    'x',
    '--json',
  )
  expect(await json('service', 'install')).toMatchObject({ handed_over_from: pid, pid: systemd.pid() })
  expect(isAlive(pid)).toBe(false)
  expect((await teleclaude.run(['session', 'send', session_id, 'echo still here'])).stdout).toBe(
    'still here\n',
  )
})

test('a daemon that an agent needs is started as the service where there is one', async () => {
  const { teleclaude, systemd, run } = home()
  await run(['service', 'install'])
  const pid = systemd.pid()
  await teleclaude.run(['stop'])
  await until(() => !isAlive(pid), 'the end of the service')
  systemd.calls()
  const mcp = teleclaude.start(['mcp', '--start'], { env: { ...systemd.env } })
  await until(async () => (await teleclaude.run(['status'])).code === 0, 'the daemon')
  mcp.child.stdin?.end()
  await mcp.ended
  expect(systemd.calls()).toContain('--user start teleclaude.service')
  const status = await teleclaude.json<DaemonStatus>('status', '--json')
  expect(status.pid).toBe(systemd.pid())
})
