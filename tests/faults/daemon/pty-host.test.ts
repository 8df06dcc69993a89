import { expect, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'
import { isAlive, signal } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

/** Kills the pty host; its programs are hung up on by the kernel. */
async function killHost(daemon: TestDaemon) {
  const [pid, ...others] = daemon.hostPids()
  expect(others).toEqual([])
  signal(pid ?? 0, 'SIGKILL')
  await until(() => !isAlive(pid ?? 0), 'the end of the pty host')
}

test('the pty host killed: its sessions have failed and say why, what they printed is there, a new session works', async () => {
  const daemon = await TestDaemon.inTest()
  const ids = [await daemon.session(), await daemon.session()]
  await daemon.send(ids[0] ?? '', 'echo kept')
  const waiting = daemon.send(ids[1] ?? '', 'sleep 60')
  await until(async () => (await daemon.get(ids[1] ?? '')).state === 'busy', 'the command')
  await killHost(daemon)

  expect(await waiting).toMatchObject({ completed_by: 'exit', exit_code: null })
  for (const id of ids) {
    await until(async () => (await daemon.get(id)).state === 'failed', 'a failed session')
    expect((await daemon.get(id)).closeReason).toMatch(/terminal host ended/)
    await expect(daemon.send(id, 'echo x')).rejects.toMatchObject({
      code: 'TC_ERR_SESSION_CLOSED',
      message: expect.stringContaining('terminal host ended'),
    })
  }
  expect((await daemon.readAll(ids[0] ?? '')).output).toContain('kept\n')
  expect(await daemon.send(await daemon.session(), 'echo new')).toMatchObject({ output: 'new\n' })
  expect(await daemon.status()).toMatchObject({ ready: true, sessions: { live: 1, total: 3 } })
})

test('the pty host killed while no daemon runs: the next one says so', async () => {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  await daemon.send(id, 'echo kept')
  await daemon.kill('SIGKILL')
  await killHost(daemon)
  await daemon.start()
  expect(await daemon.get(id)).toMatchObject({
    state: 'failed',
    closeReason: expect.stringContaining('while no daemon was running'),
  })
  expect((await daemon.readAll(id)).output).toContain('kept\n')
  expect(await daemon.send(await daemon.session(), 'echo new')).toMatchObject({ output: 'new\n' })
})

test('a pty host with nothing left to hold ends when the daemon does', async () => {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  await daemon.call('session.close', { session_id: id })
  const [pid] = daemon.hostPids()
  await daemon.kill('SIGTERM')
  await until(() => !isAlive(pid ?? 0), 'the end of the pty host')
})
